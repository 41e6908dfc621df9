import type { Values } from '#shared/config/table.ts';
import { Exit, exitCode } from '#shared/exit.ts';
import { print } from '#shared/print.ts';
import { plain, table } from '#shared/tables/table.ts';
import type { Tally } from '../follow/tally.ts';
import type { LogsLife } from '../logs.ts';
import { adlerOfNothing } from '../record/sums.ts';
import type { Position } from '../remember/position.ts';
import { readPositions } from '../remember/state.ts';
import { type Verdict, Verification } from '../remember/verification.ts';
import type { verbs } from '../verb-table.ts';

/** One file and destination, and what became of it. */
interface Row {
  readonly destination: string;
  readonly position: Position;
  readonly verdict: Verdict;
}

/**
 * `verify` — reads each file again up to where each destination acknowledged it, and holds its lines and their checksum against the state.
 * @throws Exit with 1 where a file holds something else than was shipped, or cannot be read.
 */
export async function verify(
  { settings, stopping }: LogsLife,
  { json }: Values<(typeof verbs)['verify']['options']>,
): Promise<void> {
  const verification = new Verification();
  const rows: Row[] = [];
  for (const { to, positions } of readPositions(settings.state)) {
    for (const position of positions) {
      if (stopping.aborted) throw new Exit(exitCode.failed, 'stopped before every file was read');
      rows.push({ destination: to ?? '-', position, verdict: await verification.verify(position) });
    }
  }
  await print(json ? `${JSON.stringify(rows.map(asJson))}\n` : asTable(rows));
  const count = (is: Verdict['is']) => rows.filter(({ verdict }) => verdict.is === is).length;
  if (count('different') > 0)
    throw new Exit(exitCode.failed, `${count('different')} of ${rows.length} do not hold what was shipped of them`);
  if (count('unreadable') > 0) throw new Exit(exitCode.permission, `${count('unreadable')} of ${rows.length} cannot be read`);
}

function asTable(rows: readonly Row[]): string {
  const head = ['destination', 'file', 'since', 'offset', 'lines', 'adler32', 'verdict'];
  const lines = rows.map(({ destination, position: { path, cursor }, verdict }) => {
    const { since = 0, lines: count, adler } = cursor.tally ?? {};
    const known = cursor.offset > 0 && adler === undefined ? ['-', '-'] : [String(count ?? 0), hex(adler ?? adlerOfNothing)];
    return [plain(destination), plain(path), String(since), String(cursor.offset), ...known, plain(inWords(path, verdict))];
  });
  return table([head, ...lines], { right: [2, 3, 4] });
}

function inWords(name: string, verdict: Verdict): string {
  const place = 'path' in verdict && verdict.path !== name ? ` (now ${verdict.path})` : '';
  switch (verdict.is) {
    case 'same':
      return `ok${place}`;
    case 'different':
      return `DIFFERENT: ${verdict.found.lines} lines, ${hex(verdict.found.adler)}${place}`;
    case 'anew':
      return `truncated or written anew since${place}`;
    case 'gone':
      return 'gone';
    case 'untold':
      return `an older release shipped it, and kept no checksum${place}`;
    case 'unreadable':
      return verdict.problem;
  }
}

function asJson({ destination, position: { path: file, cursor }, verdict }: Row): Record<string, unknown> {
  const { since = 0, lines = null, adler } = cursor.tally ?? {};
  const found = verdict.is === 'different' ? { found: told(verdict.found) } : {};
  const { is, ...more } = verdict;
  return {
    destination,
    file,
    since,
    offset: cursor.offset,
    lines,
    adler32: adler === undefined ? null : hex(adler),
    verdict: is,
    ...more,
    ...found,
  };
}

function told({ lines, adler }: Tally): Record<string, unknown> {
  return { lines, adler32: hex(adler) };
}

function hex(adler: number): string {
  return adler.toString(16).padStart(8, '0');
}
