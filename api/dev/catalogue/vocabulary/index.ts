/** The words of which products are made up, by what a department sells. */
import { CAMERAS_COMPUTING } from "./cameras-computing.ts";
import { HOUSEHOLD_LEISURE } from "./household-leisure.ts";
import { MEDIA_GAMES_PHONES } from "./media-games-phones.ts";
import { SCREENS_SOUND_MUSIC } from "./screens-sound-music.ts";
import type { Vocabulary } from "./vocabulary.ts";

export type { Vocabulary } from "./vocabulary.ts";

export const VOCABULARY: Record<string, Vocabulary> = {
  ...SCREENS_SOUND_MUSIC,
  ...CAMERAS_COMPUTING,
  ...MEDIA_GAMES_PHONES,
  ...HOUSEHOLD_LEISURE,
};
/** Which words a department's products are made of. */
export const VOCABULARY_OF_DEPARTMENT: Record<string, keyof typeof VOCABULARY> = {
  abcat0100000: "screens",
  abcat0200000: "sound",
  abcat0207000: "music",
  abcat0300000: "sound",
  abcat0400000: "cameras",
  abcat0500000: "computing",
  abcat0600000: "media",
  abcat0700000: "games",
  abcat0800000: "phones",
  abcat0900000: "household",
  pcmcat242800050021: "leisure",
  pcmcat252700050006: "leisure",
  pcmcat312300050015: "household",
};
