import { dirname } from 'node:path';
import { codeOf, Exit, exitCode, messageOf } from '#shared/exit.ts';

/** Whether the system refused to write because there is no room. */
export function isNoRoom(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
}

/** What there is no room in, by the code of the error. */
export function noRoomWords(code: string): string {
  if (code === 'EDQUOT') return 'the quota of this user is used up';
  return code === 'EFBIG' ? 'no file may be larger here' : 'the disk is full';
}

/** Tells a person why a file cannot be begun, and what to do. @param error the system's, or its code. */
export function openFailure(path: string, error: unknown): Exit {
  const system = typeof error === 'string' ? error : (codeOf(error) ?? '');
  const { words, code } = meanings[system] ?? { words: () => messageOf(error), code: exitCode.failed };
  return new Exit(code, `${path} cannot be written: ${words(path)}`, { cause: error });
}

interface Meaning {
  readonly words: (path: string) => string;
  readonly code: number;
}

const room = (code: string): Meaning => ({
  words: () => `${noRoomWords(code)}: make room, or name another place`,
  code: exitCode.failed,
});
const denied: Meaning = {
  words: (path) =>
    `this user, ${process.getuid?.()}, may not write to ${dirname(path)}: give another --user, or let it write there`,
  code: exitCode.permission,
};

const meanings: Readonly<Record<string, Meaning>> = {
  ENOENT: {
    words: (path) => `there is no folder ${dirname(path)}: make it, or mount a volume there`,
    code: exitCode.settings,
  },
  ENOTDIR: { words: (path) => `${dirname(path)} is no folder: name another one`, code: exitCode.settings },
  EISDIR: { words: () => 'it is a folder: add the name of a file, such as capture.pcapng', code: exitCode.settings },
  EROFS: {
    words: (path) => `${dirname(path)} is read-only: mount a volume, and name a file in it`,
    code: exitCode.settings,
  },
  ENAMETOOLONG: { words: () => 'its name is too long', code: exitCode.settings },
  EACCES: denied,
  EPERM: denied,
  ENOSPC: room('ENOSPC'),
  EDQUOT: room('EDQUOT'),
  EFBIG: room('EFBIG'),
};
