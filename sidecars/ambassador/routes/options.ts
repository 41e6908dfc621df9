import { boolean, choice, duration, integer, longestTimer, orOff, path } from '#shared/config/kinds.ts';
import { option, optional, type Values } from '#shared/config/table.ts';
import { check } from './check-kind.ts';
import { mode, routeName, serverName, serverPattern } from './kinds.ts';

/** How the next backend is chosen. */
export type Balance = 'least' | 'round-robin' | 'random' | 'source';

const wait = (min = 0) => duration({ min, max: longestTimer });
const count = (min = 1) => integer({ min, max: 1_000_000 });

/** The options of one route: what may stand behind the `?`, in kebab case: `connect-timeout=1s`. */
export const routeOptions = {
  name: optional(routeName, 'The name of the route in metrics, logs and the API.', 'LISTEN, and its sni'),
  balance: option(
    choice('least', 'round-robin', 'random', 'source'),
    'least',
    'Which backend gets the next connection: the one with the least connections, each in turn, the better of random two, or one by the hash of the client’s address.',
  ),
  family: option(choice('any', '4', '6'), 'any', 'Which addresses of a name are backends: all, or those of IPv4 or IPv6 alone.'),

  connectTimeout: option(wait(1), 3000, 'How long one backend may take to accept before the next is tried.'),
  hold: option(
    wait(),
    0,
    'How long a client is kept waiting for a backend that can be reached; 0s refuses it once all were tried.',
  ),
  idle: option(orOff(wait(1)), undefined, 'A connection that carried no byte for so long is ended.'),
  lifetime: option(orOff(wait(1)), undefined, 'A connection that is so old is ended.'),
  headerTimeout: option(
    wait(1),
    3000,
    'How long a client may take to send its PROXY header, its TLS handshake or its server name.',
  ),

  max: option(orOff(count()), undefined, 'Connections of the route at the same time; beyond, clients wait in the queue.'),
  backendMax: option(
    orOff(count()),
    undefined,
    'Connections to each backend at the same time; where all have so many, clients wait in the queue.',
  ),
  queue: option(
    wait(),
    5000,
    'How long a client that was accepted may wait where max or backend-max is reached, or descriptors ran out.',
  ),
  queueLength: option(count(0), 1024, 'Clients that may wait at the same time, for whatever; more are refused at once.'),

  check: option(check, { type: 'off' }, 'How backends are asked whether they live: off, tcp, tls, http:/PATH or https:/PATH.'),
  checkInterval: option(wait(10), 2000, 'Time between two checks of a backend.'),
  checkTimeout: option(wait(1), 1000, 'How long a check may take.'),
  rise: option(count(), 2, 'Checks in a row that have to succeed before a backend gets connections again.'),
  fall: option(count(), 3, 'Checks in a row that have to fail before a backend gets none.'),

  eject: option(orOff(count()), 3, 'Failed connections in a row after which a backend is left out for a while; off never does.'),
  ejectTime: option(wait(1), 5000, 'For how long a backend is left out the first time; each further time doubles it.'),
  ejectMax: option(wait(1), 300_000, 'The longest time that a backend is left out.'),

  proxyIn: option(boolean, false, 'Clients begin with a PROXY protocol header, version 1 or 2; one that does not is refused.'),
  proxyOut: option(
    choice('off', 'v1', 'v2'),
    'off',
    'The PROXY protocol header that is sent to backends before the client’s bytes.',
  ),

  sni: optional(
    serverPattern,
    'Only connections that begin TLS for this server name, or *.DOMAIN; several routes may then share one LISTEN.',
  ),
  tlsCert: optional(path, 'PEM file of the certificate chain with which clients’ TLS is ended here.'),
  tlsKey: optional(path, 'PEM file of its private key.', 'the same file'),
  tlsClientCa: optional(path, 'PEM file of the authorities of client certificates; clients without one are refused.'),
  tlsOut: option(boolean, false, 'Speak TLS to backends.'),
  tlsOutName: optional(serverName, 'The server name that a backend has to prove, and is asked for.', 'its host name'),
  tlsOutCa: optional(path, 'PEM file of the authorities that backends are trusted by.', 'the public ones'),
  tlsOutCert: optional(path, 'PEM file of the certificate shown to backends.'),
  tlsOutKey: optional(path, 'PEM file of its private key.', 'the same file'),
  tlsOutVerify: option(boolean, true, 'Refuse backends whose certificate cannot be verified.'),

  listenMode: optional(mode, 'Permissions of a Unix socket that is listened on, such as 0660.', '`0666`'),
};

/** The typed options of one route. */
export type RouteOptions = Values<typeof routeOptions>;
