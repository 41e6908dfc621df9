import { readCri } from './parse/cri.ts';
import { readDocker } from './parse/docker.ts';
import { timePrefix } from './parse/time.ts';

const lf = 0x0a;
const openDocker = Buffer.from('{"log":');
/** Lines that are looked at for a time at their start. */
const mostLines = 16;

/** What a file holds. */
export interface Content {
  readonly format: 'docker' | 'cri' | 'plain';
  /** Whether lines begin with their time. */
  readonly dated: boolean;
}

/** All that there are: each file has one of these, however many files there are. */
const contents = {
  docker: { format: 'docker', dated: true },
  cri: { format: 'cri', dated: true },
  dated: { format: 'plain', dated: true },
  plain: { format: 'plain', dated: false },
} as const satisfies Record<string, Content>;

/**
 * Tells by the beginning of a file what it holds: lines of Docker's json-file or of CRI, where its first line is one with all that belongs to it, and else plain
 * lines. Undefined where more of it has to be there to tell.
 * @param all says that it will not get longer, or is long enough for any first line.
 */
export function contentOf(beginning: Buffer, all: boolean): Content | undefined {
  const [first] = beginning;
  const end = beginning.indexOf(lf);
  if (end < 0 && !all && mayBeWrapped(beginning, first)) return undefined;
  const to = end < 0 ? beginning.length : end;
  const docker = readDocker(beginning, 0, to);
  if (docker?.stream !== undefined && docker.time !== undefined && startsLikeDocker(beginning)) return contents.docker;
  if (readCri(beginning, 0, to) !== undefined) return contents.cri;
  return isDated(beginning) ? contents.dated : contents.plain;
}

/** Whether a first line that is not whole may become one that something is wrapped around, or begins with its time. */
function mayBeWrapped(beginning: Buffer, first: number | undefined): boolean {
  if (first === undefined) return true;
  return startsLikeDocker(beginning) || /^\d{1,4}(?:$|-)/.test(beginning.toString('latin1', 0, 5));
}

function startsLikeDocker(beginning: Buffer): boolean {
  const length = Math.min(beginning.length, openDocker.length);
  return beginning.compare(openDocker, 0, length, 0, length) === 0;
}

function isDated(beginning: Buffer): boolean {
  let from = 0;
  for (let line = 0; line < mostLines && from < beginning.length; line += 1) {
    const end = beginning.indexOf(lf, from);
    const to = end < 0 ? beginning.length : end;
    if (timePrefix(beginning, from, to) !== undefined) return true;
    from = to + 1;
  }
  return false;
}
