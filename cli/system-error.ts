/** What the operating system refused, in a sentence: a path that is not there, a port that is taken. */

/** By Node's codes; what each means for the path that was given. */
const OF_PATHS: Readonly<Record<string, string>> = {
  EACCES: "you may not use it",
  EEXIST: "it is there already",
  ELOOP: "its links lead round in a circle",
  EISDIR: "it is a folder, and a file is wanted",
  ENAMETOOLONG: "its name is too long",
  ENOENT: "there is no such file or folder",
  ENOSPC: "the disk is full",
  ENOTDIR: "a part of it is a file, and no folder",
  ENOTSUP: "its file system cannot do that",
  EPERM: "you may not use it",
  EROFS: "it cannot be written to: the file system is read-only",
};

/** Of what is written to a file that is open already, Node does not say which it was. */
const OF_SPACE: Readonly<Record<string, string>> = {
  EDQUOT: "Your share of the disk is used up: make room.",
  EFBIG: "A file would be larger than it may be here: raise the limit (ulimit -f).",
  ENOSPC: "The disk is full: make room.",
};

/** Undefined for what is no refusal of the system, or not about something that a user named. */
export function systemErrorInWords(error: unknown): string | undefined {
  const { code = "", path, port, syscall } = (error ?? {}) as NodeJS.ErrnoException & { port?: number };
  if (syscall === "listen" && port !== undefined && code === "EADDRINUSE")
    return `Port ${port} is taken: choose another, or end what listens on it.`;
  if (syscall === "listen" && port !== undefined && code === "EACCES")
    return `Port ${port} may not be opened by you: choose one above 1023.`;
  if (syscall === "write" && code in OF_SPACE) return OF_SPACE[code];
  if (code === "EISDIR" && !path) return "A folder was given where a file is wanted."; // read() does not know which
  const why = syscall === "mkdir" && code === "ENOENT" ? "no folder can be made there" : OF_PATHS[code];
  return why && path ? `'${path}' cannot be used: ${why}.` : undefined;
}
