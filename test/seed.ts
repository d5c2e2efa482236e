import fc from "fast-check";

/**
 * For `node --import`: properties draw the same in every run, so that a pipeline fails for a change and for nothing else. Without it, as
 * with `node --test FILE`, they search anew each time; with FC_SEED they draw something else.
 */
fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 1) });
