/** What is counted for each backend. A fall in `active` is the only way that a cell goes down. */
export const backendCells = [
  /** Connections that were established, ever and now. */
  'connections',
  'active',
  /** Bytes from clients to the backend, and back. */
  'bytesUp',
  'bytesDown',
  /** Attempts to connect that failed, by reason. */
  'refused',
  'timedOut',
  'unreachable',
  'tlsFailed',
  'otherFailure',
  /** How established connections ended, where not by both sides closing them. */
  'resetByClient',
  'resetByBackend',
  'idled',
  'expired',
  /** Seconds from the first packet to the established connection, summed up, and how many took up to each of {@link connectBounds}. */
  'connectSeconds',
  'connect0',
  'connect1',
  'connect2',
  'connect3',
  'connect4',
  'connect5',
  'connect6',
] as const;

/** Upper bounds of the buckets of the connect time, in seconds; slower ones are in none. */
export const connectBounds = [0.0005, 0.002, 0.01, 0.05, 0.25, 1, 5] as const;

/** What is counted for each route. */
export const routeCells = [
  /** Clients that were accepted, ever. */
  'accepted',
  /** Clients that are connected, waiting and dialing ones included. */
  'clients',
  /** Clients that wait now for a backend (hold), or for a place (queue). */
  'waiting',
  /** Clients that had to wait, ever. */
  'waited',
  /** Attempts that were made again on another backend. */
  'retries',
  /** Clients turned away, by reason. */
  'noBackend',
  'queueFull',
  'queueTimeout',
  'badHeader',
  'headerTimeout',
  'tlsFailed',
  'noRoute',
  'noDescriptor',
  /** Clients that left before they had a backend. */
  'left',
] as const;

/** The name of a number that is counted for a backend. */
export type BackendCell = (typeof backendCells)[number];
/** The name of a number that is counted for a route. */
export type RouteCell = (typeof routeCells)[number];

const width = 32;

/** The offsets of the cells of a backend, from {@link Ledger.at}. */
export const backendCell = offsets(backendCells);
/** The offsets of the cells of a route, from {@link Ledger.at}. */
export const routeCell = offsets(routeCells);

/**
 * The account of every route and backend, in memory that the threads of an engine share: the engine alone writes to the cells,
 * everybody may read. A slot holds either a route or a backend. Untouched pages of it cost nothing.
 */
export class Ledger {
  /** How many routes and backends there can be at a time. */
  static readonly slots = 8192;

  readonly cells: Float64Array;
  readonly #free: number[] = [];
  #next = 0;

  /** @param memory that of another thread's ledger, to see the same numbers; {@link take} and {@link release} are its owner's alone. */
  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(Ledger.slots * width * 8)) {
    this.cells = new Float64Array(memory);
  }

  /** A slot with all cells at 0; undefined where all are taken. */
  take(): number | undefined {
    const slot = this.#free.pop() ?? (this.#next < Ledger.slots ? this.#next++ : undefined);
    if (slot !== undefined) this.cells.fill(0, slot * width, (slot + 1) * width);
    return slot;
  }

  /** Gives a slot back; nobody may write to it any more. */
  release(slot: number): void {
    this.#free.push(slot);
  }

  /** Where the cells of a slot begin. */
  at(slot: number): number {
    return slot * width;
  }

  /** One number of a backend. */
  backend(slot: number, cell: BackendCell): number {
    return this.cells[slot * width + backendCell[cell]] ?? 0;
  }

  /** One number of a route. */
  route(slot: number, cell: RouteCell): number {
    return this.cells[slot * width + routeCell[cell]] ?? 0;
  }
}

function offsets<const N extends string>(names: readonly N[]): Readonly<Record<N, number>> {
  if (names.length > width) throw new Error(`a slot holds ${width} cells`);
  return Object.fromEntries(names.map((name, index) => [name, index])) as Record<N, number>;
}
