import { plain, table } from '#shared/tables/table.ts';
import type { Change } from '../attached.ts';

/** The least room for a reason beside what it is the reason of. */
const leastRoom = 30;

/**
 * What is added, and why, for people: below each owner a line for each change.
 * @param width in characters; where it is not given, no line is broken.
 */
export function explanation(changes: readonly Change[], width = Number.POSITIVE_INFINITY): string {
  const owners = [...new Set(changes.map(({ owner }) => owner))];
  const widest = Math.max(0, ...changes.map(({ what }) => what.length)) + 4;
  // beside each other where both have room, else one below the other
  const room = width - widest >= leastRoom ? width - widest : undefined;
  return owners
    .map((owner) => {
      const rows = changes
        .filter((change) => change.owner === owner)
        .flatMap(({ what, why }) => rowsOf(plain(what), plain(why), room, width));
      return `${plain(owner)}\n${table(rows)}`;
    })
    .join('\n');
}

function rowsOf(what: string, why: string, room: number | undefined, width: number): string[][] {
  if (room === undefined) return [[`  ${what}`], ...broken(why, width - 6).map((line) => [`      ${line}`])];
  const [first = '', ...others] = broken(why, room);
  return [[`  ${what}`, first], ...others.map((line) => ['', line])];
}

/** A text in lines of at most so many characters; a word that is longer stays whole. */
function broken(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
