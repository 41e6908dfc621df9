import type { EngineBackend } from '../engines/engine.ts';
import { type Endpoint, endpointKey } from './endpoint.ts';

/** A backend as the dispatcher of its route sees it. It outlives its place in the set by the connections that it still has. */
export class Backend {
  readonly slot: number;
  /** The host name in it may become another one; the address stays. */
  endpoint: Endpoint;
  /** A hash of its address, for the balance by source. */
  readonly hash: number;
  /** False where it gets no new connections. */
  usable: boolean;
  /** True where it gets those that would be turned away otherwise. */
  spare: boolean;
  /** Connections that are established or on their way. */
  load = 0;

  constructor({ slot, endpoint, usable, spare = false }: EngineBackend) {
    this.slot = slot;
    this.endpoint = endpoint;
    this.hash = hashOf(endpointKey(endpoint));
    this.usable = usable;
    this.spare = spare;
  }
}

/** FNV-1a over the text, 32 bits, unsigned. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
