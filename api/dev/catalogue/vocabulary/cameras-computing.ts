import { ELECTRONICS } from "./electronics.ts";
import { COLOURS, STORAGE, type Vocabulary } from "./vocabulary.ts";

export const CAMERAS_COMPUTING: Record<string, Vocabulary> = {
  cameras: {
    ...ELECTRONICS,
    qualities: [
      "Mirrorless",
      "Compact",
      "Waterproof",
      "Wide-Angle",
      "Professional",
      "Travel",
      "Carbon-Fibre",
      "Full-Frame",
    ],
    attributes: {
      mount: ["E", "L", "RF", "X", "Z", "M42"],
      weight: ["180 g", "320 g", "450 g", "680 g", "1.1 kg"],
      stabilisation: ["none", "optical", "in-body"],
      weather_sealed: ["yes", "no"],
    },
    options: { colour: COLOURS.slice(0, 4), size: ["Small", "Medium", "Large"] },
    euros: [7, 2200],
    sentences: [
      "Sharp into the corners, also wide open.",
      "Small enough to be there when the picture is.",
      "Rain, dust and frost are no reason to stay at home.",
      "Every dial can be turned with gloves on.",
    ],
  },
  computing: {
    ...ELECTRONICS,
    qualities: [
      "Ultra-Thin",
      "Gaming",
      "Business",
      "Fanless",
      "Touch-Screen",
      "Wireless",
      "Mechanical",
      "Rugged",
      "Convertible",
    ],
    attributes: {
      memory: ["8 GB", "16 GB", "32 GB", "64 GB"],
      processor: ["4 cores", "6 cores", "8 cores", "12 cores", "16 cores"],
      ports: ["2 × USB-C", "3 × USB-A", "Thunderbolt 4", "USB-C and HDMI"],
      warranty: ["1 year", "2 years", "3 years"],
    },
    options: { storage: STORAGE, colour: COLOURS.slice(0, 5) },
    euros: [8, 2800],
    sentences: [
      "Quiet under load: the fans start only when they have to.",
      "The battery lasts a working day and is full again over lunch.",
      "Keys with a clear pressure point and a light that follows the room's.",
      "Memory and drive can be replaced with one screwdriver.",
    ],
  },
};
