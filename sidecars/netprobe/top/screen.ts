import { milliseconds, short } from '#shared/tables/amounts.ts';
import { table } from '#shared/tables/table.ts';
import type { Room } from '#shared/terminal.ts';
import type { Order, PeerRate, Snapshot } from './snapshot.ts';

/** Lines that tell a snapshot. @param room leaves out what does not fit; undefined shows all @param order is marked in the titles */
export function screenLines(snapshot: Snapshot, order: Order, room?: Room): readonly string[] {
  const states = Object.entries(snapshot.states).map(([state, count]) => `${state} ${count}`);
  const interfaces = snapshot.interfaces.map(
    ({ name, receivedBytes, sentBytes }) => `${name} in ${short(receivedBytes)}B/s out ${short(sentBytes)}B/s`,
  );
  const listeners = listenerLines(snapshot);
  const head = [states.join('  ') || 'no sockets', ...interfaces, ''];
  const peers = peerLines(snapshot.peers, order);
  const rest = room === undefined ? Infinity : room.lines - head.length - 1;
  // listeners get a third at most, unless peers leave room
  const forListeners = Math.min(listeners.length, Math.max(Math.floor(rest / 3), rest - peers.length));
  const lines = [...head, ...peers.slice(0, rest - forListeners), '', ...listeners.slice(0, forListeners)];
  return room === undefined ? lines : lines.slice(0, room.lines).map((line) => line.slice(0, room.columns));
}

const titles: Readonly<Record<Order, string>> = { bytes: 'out/s', connections: 'conns', rtt: 'RTT ms', retransmits: 'retr/s' };

function peerLines(peers: readonly PeerRate[], order: Order): string[] {
  const titled = (title: string) => (titles[order] === title ? `${title}*` : title);
  const head = ['peer', titled('conns'), 'new/s', 'failed/s', 'in/s', titled('out/s'), titled('retr/s'), titled('RTT ms')];
  const rows = peers.map((peer) => [
    nameOf(peer),
    String(peer.connections),
    perSecond(peer.opened),
    perSecond(peer.failed),
    short(peer.receivedBytes),
    short(peer.sentBytes),
    short(peer.retransmittedBytes),
    peer.rttSeconds === null ? '' : milliseconds(peer.rttSeconds * 1e6),
  ]);
  return lined(table([head, ...rows], { right: [1, 2, 3, 4, 5, 6, 7] }));
}

function listenerLines({ listeners }: Snapshot): string[] {
  if (listeners.length === 0) return [];
  const rows = listeners.map(({ address, port, queue, limit, drops, dropped }) => [
    address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
    `${queue}/${limit}`,
    String(drops),
    perSecond(dropped),
  ]);
  return lined(table([['listener', 'queue', 'drops', 'drops/s'], ...rows], { right: [1, 2, 3] }));
}

/** `-> 10.0.0.5:6379` for one that we connect to, `<- 10.0.0.9 :80` for one that connects to us. */
function nameOf({ direction, peer, port }: PeerRate): string {
  if (port === 0) return direction === 'out' ? `-> ${peer}` : `<- ${peer}`;
  const shown = peer.includes(':') ? `[${peer}]` : peer;
  return direction === 'out' ? `-> ${shown}:${port}` : `<- ${shown} on :${port}`;
}

function perSecond(value: number): string {
  return value === 0 ? '0' : value < 10 ? value.toFixed(1) : short(value);
}

function lined(text: string): string[] {
  return text.trimEnd().split('\n');
}
