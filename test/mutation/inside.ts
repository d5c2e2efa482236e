import type { Json } from "../../local/terraform-json/index.ts";

/** Arguments whose text is computed, matched or asked: a part of it says something else, and the text is as valid as before. */
const MEANINGFUL =
  /^(expression|stat|statistic|extended_statistic|comparison_operator|treat_missing_data|query_string|schedule|path_pattern)$/;

/** Words, each with what says something else in its place. */
const TURNED: readonly (readonly [word: RegExp, other: string])[] = [
  [/>=/, ">"],
  [/>/, "<"],
  [/<=/, "<"],
  [/ AND /, " OR "],
  [/ - /, " + "],
  [/ \+ /, " - "],
  [/ \/ /, " * "],
  [/Greater/, "Less"],
  [/Less/, "Greater"],
  [/ThanThreshold/, "ThanOrEqualToThreshold"],
  [/ThanOrEqualTo/, "Than"],
  [/^notBreaching$/, "breaching"],
  [/^breaching$/, "notBreaching"],
  [/^Sum$/, "Average"],
  [/^Average$/, "Maximum"],
  [/^Maximum$/, "Minimum"],
  [/^Minimum$/, "Maximum"],
  [/^p\d+$/, "p50"],
  [/\bdesc\b/, "asc"],
  [/\bfilter \S+/, "filter ispresent(noSuchField)"],
  [/\bstats \w+/, "stats min"],
  [/\| limit.*/, "| limit 1"],
  [/"error", /, ""],
  [/\/[^/]+$/, "/*"],
];

/** A text with one part of it changed, for each part that can be. @param key the argument's name */
export function* insideOf(key: unknown, value: Json): Generator<string> {
  if (typeof value !== "string" || !MEANINGFUL.test(String(key))) return;
  for (const [word, other] of TURNED) {
    const turned: string = value.replace(word, other);
    if (turned !== value) yield turned;
  }
  for (const { 0: number, index } of value.matchAll(/(?<![\w.])\d+(\.\d+)?/g)) {
    const others = [Number(number) + 1, Number(number) * 1000 + 7, 0].filter(
      (other) => other !== Number(number),
    );
    for (const other of others) yield `${value.slice(0, index)}${other}${value.slice(index + number.length)}`;
  }
  if (key !== "expression") return;
  yield `0 * (${value})`;
  const [one, another] = new Set(value.match(/\b[a-z]\w*/g));
  if (one !== undefined && another !== undefined)
    yield value.replaceAll(/\b[a-z]\w*/g, (id) => (id === one ? another : id === another ? one : id));
}
