import { haproxy, haproxySplice } from './haproxy.ts';
import { nginx } from './nginx.ts';
import type { Peer } from './peer.ts';
import { net, splice } from './sidecar.ts';
import { socat } from './socat.ts';

/** The load by itself. */
const none: Peer = { name: 'no-proxy', skills: ['routes', 'idle'], present: () => true };

/** All that can be measured, the sidecar first. */
export const peers: readonly Peer[] = [splice, net, haproxy, haproxySplice, nginx, socat, none];

/** Those that others are compared with. */
export const references: readonly Peer[] = [haproxy, haproxySplice];
