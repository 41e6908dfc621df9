import type { InterfaceStatus, PeerStatus, Status } from '../status.ts';

/** The functions of {@link figures}. */
export type Figures = ReturnType<typeof figures>;

/**
 * What the page computes.
 * It is sent to browsers as its own text: whatever it uses has to be in it, and only types may come from outside.
 */
export function figures() {
  /** A status, and when it came, in seconds of the browser's own clock. */
  interface Look {
    readonly status: Status;
    readonly at: number;
  }

  /**
   * How much a counter grew in each second. 0 where it was not there before, or fell: then it began anew, and nobody knows when.
   * Null where the source does not tell.
   */
  const rate = (later: number | null, earlier: number | null | undefined, seconds: number): number | null => {
    if (later === null) return null;
    return earlier === null || earlier === undefined || later < earlier || seconds <= 0 ? 0 : (later - earlier) / seconds;
  };

  /** Bytes that an interface took and sent in each second. */
  const flowOf = (now: InterfaceStatus, look: Look, before: Look | undefined) => {
    const earlier = before?.status.namespace.interfaces.find(({ name }) => name === now.name);
    const seconds = look.at - (before?.at ?? look.at);
    return {
      down: rate(now.receivedBytes, earlier?.receivedBytes, seconds) ?? 0,
      up: rate(now.sentBytes, earlier?.sentBytes, seconds) ?? 0,
    };
  };

  /** What tells peers apart. */
  const keyOf = ({ direction, peer, port }: PeerStatus): string => `${direction} ${peer} ${port}`;

  /**
   * What a peer did in each second between two readings of all sockets. Bytes of open connections are known at readings alone,
   * which are farther apart than looks are: the rate of two looks would be 0 mostly, and then too much.
   */
  const peerRates = (now: PeerStatus, look: Look, before: Look | undefined) => {
    const earlier = before?.status.peers.find((peer) => keyOf(peer) === keyOf(now));
    const seconds = readAt(look) - (before === undefined ? readAt(look) : readAt(before));
    return {
      opened: rate(now.opened, earlier?.opened, seconds) ?? 0,
      down: rate(now.receivedBytes, earlier?.receivedBytes, seconds),
      up: rate(now.sentBytes, earlier?.sentBytes, seconds),
      again: rate(now.retransmittedBytes, earlier?.retransmittedBytes, seconds),
    };
  };

  const readAt = ({ status, at }: Look): number => (status.sockets.read === null ? at : Date.parse(status.sockets.read) / 1000);

  /** Whether all sockets were read between two looks. */
  const readAgain = (look: Look, before: Look): boolean => look.status.sockets.read !== before.status.sockets.read;

  /** How much of a whole; null where there was nothing. */
  const share = (part: number | null, whole: number | null): number | null =>
    part === null || whole === null || whole <= 0 ? null : Math.min(1, part / whole);

  /** `0 %`, `0.03 %`, `4 %`: of a share. */
  const percent = (part: number): string => {
    const value = part * 100;
    return `${value === 0 || value >= 9.95 ? value.toFixed(0) : value.toPrecision(value < 1 ? 1 : 2)} %`;
  };

  /** States in the order of a connection's life, so that they stay where they are. */
  const order = ['SYN-SENT', 'SYN-RECV', 'ESTAB', 'FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSE-WAIT', 'CLOSING', 'LAST-ACK', 'TIME-WAIT'];
  const states = (all: Readonly<Record<string, number>>): [name: string, number: number][] => {
    const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
    const connections = Object.entries(all).filter(([name, number]) => number > 0 && name !== 'LISTEN' && name !== 'UNCONN');
    return connections.sort(([one], [other]) => rank(one) - rank(other));
  };

  return { rate, flowOf, keyOf, peerRates, readAgain, share, percent, states };
}
