/** Parts of patterns and of programs, which tell people nothing. */
const NO_SENTENCE =
  /\\[pxuds]|\[\^|\(\?|must match|must NOT|undefined|\[object|\bNaN\b|Error:|\n\s+at |\.ts:\d/;

/** Whether a message is one for people. Values are left aside: they are repeated as JSON has them. */
export const isSentence = (message: string): boolean =>
  !NO_SENTENCE.test(message.replaceAll(/"(?:[^"\\]|\\.)*"…?/g, ""));
