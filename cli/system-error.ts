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
  EPERM: "you may not use it",
  EROFS: "it cannot be written to: the file system is read-only",
};

/** Undefined for what is no refusal of the system, or not about something that a user named. */
export function systemErrorInWords(error: unknown): string | undefined {
  const { code = "", path, port, syscall } = (error ?? {}) as NodeJS.ErrnoException & { port?: number };
  if (syscall === "listen" && port !== undefined && code === "EADDRINUSE")
    return `Port ${port} is taken: choose another, or end what listens on it.`;
  if (syscall === "listen" && port !== undefined && code === "EACCES")
    return `Port ${port} may not be opened by you: choose one above 1023.`;
  const why = OF_PATHS[code];
  return why && path ? `'${path}' cannot be used: ${why}.` : undefined;
}
