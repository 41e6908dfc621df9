import { short } from '#shared/tables/amounts.ts';
import { type Detail, inlineDetail, longDetail, rttOf } from './details.ts';
import type { Entry } from './entry.ts';
import type { Rate } from './rates.ts';

/** What a list shows. */
export interface Shown extends Detail {
  readonly header: boolean;
  /** Details behind the row instead of below it. */
  readonly oneline: boolean;
  /** Bytes a second of a socket, where they were measured. */
  readonly rateOf?: (entry: Entry) => Rate | undefined;
  /** Whose a socket is, in words. */
  readonly ownerOf?: (entry: Entry) => string;
}

/** A column of the list. */
interface Column {
  readonly title: string;
  readonly right?: boolean;
  readonly cell: (entry: Entry) => string;
}

/** Sockets as lines, in the columns that people know from ss(8), with drops, round trip times and retransmits beside. */
export function socketLines(entries: readonly Entry[], shown: Shown): string {
  const columns = columnsOf(entries, shown);
  const rows = entries.map((entry) => columns.map(({ cell }) => cell(entry)));
  if (shown.header) rows.unshift(columns.map(({ title }) => title));
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length), 0));
  let text = '';
  for (const [index, row] of rows.entries()) {
    const cells = row.map((cell, column) =>
      columns[column]?.right ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
    );
    // what stands before and behind a colon is one
    const line = cells.join(' ').replaceAll(' \u0000', ':').replaceAll('\u0000', ':').trimEnd();
    const entry = entries[index - Number(shown.header)];
    const below = entry === undefined ? '' : longDetail(entry, shown);
    text += `${line}${below === '' ? '' : `${shown.oneline ? ' ' : '\n\t '}${below}`}\n`;
  }
  return text;
}

function columnsOf(entries: readonly Entry[], { rateOf, ownerOf, ...detail }: Shown): Column[] {
  const listens = ({ state }: Entry) => state === 'LISTEN';
  const kinds = new Set(entries.map(({ netid }) => netid));
  const columns: Column[] = [
    { title: 'State', cell: ({ state }) => state },
    { title: 'Recv-Q', right: true, cell: ({ receiveQueue }) => String(receiveQueue) },
    { title: 'Send-Q', right: true, cell: ({ sendQueue }) => String(sendQueue) },
  ];
  if (kinds.size > 1) columns.unshift({ title: 'Netid', cell: ({ netid }) => netid });
  if (entries.some((entry) => listens(entry) || entry.netid === 'udp'))
    columns.push({
      title: 'Drops',
      right: true,
      cell: (entry) =>
        entry.record !== undefined && (listens(entry) || entry.netid === 'udp') ? String(entry.record.drops) : '',
    });
  if (entries.some((entry) => rttOf(entry) !== '')) {
    columns.push({ title: 'RTT ms', right: true, cell: rttOf });
    columns.push({
      title: 'Retr',
      right: true,
      cell: ({ record, state }) => (record?.hasInfo === true && state !== 'LISTEN' ? String(record.retransmits) : ''),
    });
  }
  if (rateOf !== undefined) {
    columns.push({ title: 'In/s', right: true, cell: (entry) => rate(rateOf(entry)?.received) });
    columns.push({ title: 'Out/s', right: true, cell: (entry) => rate(rateOf(entry)?.sent) });
  }
  columns.push(
    { title: 'Local Address', right: true, cell: ({ local }) => local[0] },
    { title: '\u0000Port', cell: ({ local }) => `\u0000${local[1]}` },
    { title: 'Peer Address', right: true, cell: ({ peer }) => peer[0] },
    { title: '\u0000Port', cell: ({ peer }) => `\u0000${peer[1]}` },
  );
  if (ownerOf !== undefined) columns.push({ title: 'Process', cell: ownerOf });
  if (entries.some((entry) => inlineDetail(entry, detail) !== ''))
    columns.push({ title: '', cell: (entry) => inlineDetail(entry, detail) });
  return columns;
}

function rate(bytes: number | undefined): string {
  return bytes === undefined ? '' : short(bytes);
}
