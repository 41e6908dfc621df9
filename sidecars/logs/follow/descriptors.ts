import { openFilesLimit } from '#shared/open-files.ts';

/** So many stay free for connections, the state and the admin server, or a quarter where there are few. */
const reserved = 256;

let most: number | undefined;
let open = 0;

/** The descriptors of followed files, of all destinations together. Log files never take the last ones, without which no line could leave. */
export const descriptors = {
  /** Whether one more file may be open. */
  get free(): boolean {
    most ??= limit();
    return open < most;
  },
  opened(): void {
    open += 1;
  },
  closed(): void {
    open -= 1;
  },
};

function limit(): number {
  try {
    const all = openFilesLimit();
    return all - Math.min(reserved, all / 4);
  } catch {
    // no /proc: then nobody tells, and the system says when there are too many
    return Number.POSITIVE_INFINITY;
  }
}
