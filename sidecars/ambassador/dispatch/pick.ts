import type { Balance } from '../routes/options.ts';
import type { Backend } from './backend.ts';

/** What a pick depends on beside the backends. */
export interface PickState {
  /** Counts the picks, so that equals take turns. */
  turn: number;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** The backends that a client may get now. */
export type Allowed = (backend: Backend) => boolean;

/**
 * The backend for the next client, by the balance of its route; undefined where none is allowed.
 * @param source a hash of the client's address.
 */
export function pick(
  balance: Balance,
  backends: readonly Backend[],
  allowed: Allowed,
  state: PickState,
  source: number,
): Backend | undefined {
  if (backends.length === 1) return backends[0] && allowed(backends[0]) ? backends[0] : undefined;
  if (balance === 'source') return highest(backends, allowed, source);
  if (balance === 'random') return betterOfTwo(backends, allowed, state.random);
  return balance === 'least' ? leastLoaded(backends, allowed, state) : nextInTurn(backends, allowed, state);
}

function nextInTurn(backends: readonly Backend[], allowed: Allowed, state: PickState): Backend | undefined {
  for (let step = 0; step < backends.length; step += 1) {
    const backend = backends[state.turn++ % backends.length];
    if (backend !== undefined && allowed(backend)) return backend;
  }
  return undefined;
}

/** Equals take turns: the search begins one further each time. */
function leastLoaded(backends: readonly Backend[], allowed: Allowed, state: PickState): Backend | undefined {
  const start = state.turn++;
  let best: Backend | undefined;
  for (let step = 0; step < backends.length; step += 1) {
    const backend = backends[(start + step) % backends.length];
    if (backend !== undefined && (best === undefined || backend.load < best.load) && allowed(backend)) best = backend;
  }
  return best;
}

/** The power of two choices: nearly as even as the least loaded of all, and without a herd (Mitzenmacher, 2001). */
function betterOfTwo(backends: readonly Backend[], allowed: Allowed, random: () => number): Backend | undefined {
  const choices = backends.filter(allowed);
  const first = Math.floor(random() * choices.length);
  const other = (first + 1 + Math.floor(random() * (choices.length - 1))) % choices.length;
  const [one, two] = [choices[first], choices[other]];
  return one !== undefined && two !== undefined && two.load < one.load ? two : one;
}

/** Rendezvous hashing: a backend that comes or goes moves only the clients that it gets or had (Thaler and Ravishankar, 1998). */
function highest(backends: readonly Backend[], allowed: Allowed, source: number): Backend | undefined {
  let best: Backend | undefined;
  let bestScore = -1;
  for (const backend of backends) {
    const score = mix(backend.hash ^ source);
    if (score > bestScore && allowed(backend)) {
      best = backend;
      bestScore = score;
    }
  }
  return best;
}

/** The finalizer of MurmurHash3: every bit of the input moves every bit of the output. Unsigned, 32 bits. */
function mix(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
