import { milliseconds, short } from '#shared/tables/amounts.ts';
import { plain, table } from '#shared/tables/table.ts';
import type { Room } from '#shared/terminal.ts';
import type { Conversation } from './conversation.ts';
import type { FlowEnd } from './flow-ends.ts';
import { type FlowOrder, flowRtt, sortedFlows } from './flow-order.ts';
import type { FlowTable, OtherFlows } from './flow-table.ts';
import type { FlowWay } from './flow-way.ts';

/** What is shown of a table. */
export interface FlowsShown {
  readonly order: FlowOrder;
  /** How many conversations at most; undefined for as many as fit. */
  readonly lines: number | undefined;
  /** Leaves out what does not fit; undefined shows all. */
  readonly room: Room | undefined;
  /** Packets that were not seen, as there was no room for them in the ring. */
  readonly dropped: number;
}

/** Lines that tell a table as it was looked at. Columns are in the order of who fits in a narrow terminal. */
export function flowLines(flows: FlowTable, { order, lines, room, dropped }: FlowsShown): readonly string[] {
  const all = flows.conversations;
  const { other } = flows;
  const fit = room === undefined ? Infinity : Math.max(0, room.lines - 2 - Number(other.conversations > 0));
  const shown = sortedFlows(all, order, Math.min(lines ?? Infinity, fit));
  const titled = (title: string) => (titles[order] === title ? `${title}*` : title);
  const head = ['conversation', '>/s', '</s', titled('bytes'), titled('pkts'), titled('ms'), titled('retr'), 'state'];
  const rows = [[...head, 'about', '> bytes', '< bytes', '> pkts', '< pkts', '> retr', '< retr'], ...shown.map(flowRow)];
  if (other.conversations > 0) rows.push(otherRow(other));
  const text = table(rows, { right: [1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14] })
    .trimEnd()
    .split('\n');
  const told = [summaryLine(flows, all.length + other.conversations, shown.length, dropped), ...text];
  return room === undefined ? told : told.slice(0, room.lines).map((line) => line.slice(0, room.columns));
}

const titles: Readonly<Record<FlowOrder, string>> = { bytes: 'bytes', packets: 'pkts', rtt: 'ms', retransmits: 'retr' };

function summaryLine({ packets, bytes, conversations, other }: FlowTable, all: number, shown: number, dropped: number): string {
  const rate = [...conversations.map(({ ways }) => ways), other.ways].flat().reduce((sum, { byteRate }) => sum + byteRate, 0);
  const words = [
    shown < all ? `${shown} of ${all} conversations` : `${all} conversation${all === 1 ? '' : 's'}`,
    `${short(packets)} packets`,
    `${short(bytes)}B`,
    `${short(rate)}B/s`,
    ...(dropped > 0 ? [`${short(dropped)} dropped`] : []),
  ];
  return words.join('  ');
}

function flowRow(conversation: Conversation): string[] {
  const { ways, state = '', application } = conversation;
  const rtt = flowRtt(conversation);
  const about = application === undefined ? '' : plain([application.protocol, application.name ?? ''].join(' ').trim());
  return [
    flowName(conversation),
    ...amounts(ways),
    rtt === undefined ? '' : milliseconds(rtt),
    retransmitted(ways),
    state,
    about,
    ...eachWay(ways),
  ];
}

function otherRow({ conversations, ways }: OtherFlows): string[] {
  return [`other (${conversations})`, ...amounts(ways), '', retransmitted(ways), '', '', ...eachWay(ways)];
}

type Ways = readonly [FlowWay, FlowWay];

function amounts([out, back]: Ways): string[] {
  return [short(out.byteRate), short(back.byteRate), short(out.bytes + back.bytes), short(out.packets + back.packets)];
}

function retransmitted([out, back]: Ways): string {
  return String(out.retransmits + back.retransmits);
}

function eachWay([out, back]: Ways): string[] {
  return [...[out.bytes, back.bytes, out.packets, back.packets].map(short), String(out.retransmits), String(back.retransmits)];
}

/** `tcp 10.0.0.2:40000 > 10.0.0.3:80`; the client is on the left. */
function flowName({ protocol, client, server, isAgain, seenAt }: Conversation): string {
  const again = isAgain ? ` @${(seenAt[0] ?? seenAt[1])?.name ?? ''}` : '';
  return `${protocol} ${endName(client)} > ${endName(server)}${again}`;
}

function endName({ address, port }: FlowEnd): string {
  if (port === undefined) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
