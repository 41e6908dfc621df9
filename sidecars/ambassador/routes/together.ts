import { isIP } from 'node:net';
import { duration } from '#shared/config/kinds.ts';
import type { RouteOptions } from './options.ts';
import type { ListenAddress, Target } from './route.ts';

/** What a rule looks at. */
export interface Whole {
  readonly listen: ListenAddress;
  readonly targets: readonly Target[];
  readonly options: RouteOptions;
  /** Whether other routes have the same LISTEN. */
  readonly shared: boolean;
}

/** Options that say something only where something else holds. */
interface Rule {
  readonly keys: readonly (keyof RouteOptions)[];
  readonly holds: (whole: Whole) => boolean;
  /** What has to be given for them to say something. */
  readonly needs: string;
}

/** In an order in which no rule looks at what a later one is about. */
export const rules: readonly Rule[] = [
  { keys: ['tlsKey', 'tlsClientCa'], holds: ({ options }) => options.tlsCert !== undefined, needs: 'tls-cert' },
  {
    keys: ['tlsOutName', 'tlsOutVerify', 'tlsOutCa', 'tlsOutCert', 'tlsOutKey'],
    holds: ({ options: { tlsOut, check } }) => tlsOut || check.type === 'tls' || check.type === 'https',
    needs: 'tls-out=true, or a check by tls or https',
  },
  { keys: ['tlsOutCa'], holds: ({ options }) => options.tlsOutVerify, needs: 'tls-out-verify=true' },
  { keys: ['tlsOutKey'], holds: ({ options }) => options.tlsOutCert !== undefined, needs: 'tls-out-cert' },
  {
    keys: ['checkInterval', 'checkTimeout', 'rise', 'fall'],
    holds: ({ options }) => options.check.type !== 'off',
    needs: 'check to be tcp, tls, http:/PATH or https:/PATH',
  },
  { keys: ['ejectTime', 'ejectMax'], holds: ({ options }) => options.eject !== undefined, needs: 'eject not to be off' },
  {
    keys: ['headerTimeout'],
    holds: ({ options: { proxyIn, sni, tlsCert }, shared }) => proxyIn || sni !== undefined || tlsCert !== undefined || shared,
    needs: 'proxy-in, sni or tls-cert',
  },
  {
    keys: ['family'],
    holds: ({ targets }) => targets.some((target) => target.type !== 'unix'),
    needs: 'a backend that is no Unix socket',
  },
  { keys: ['listenMode'], holds: ({ listen }) => listen.type === 'unix', needs: 'LISTEN to be unix:/path' },
];

/** What an option contradicts in its route; where it is a default, it is left out of that route. */
export function contradictions({ listen, targets, options }: Whole): [key: 'family' | 'balance', problem: string][] {
  const problems: ReturnType<typeof contradictions> = [];
  const { family, balance, proxyIn } = options;
  const other = { any: undefined, 4: 6, 6: 4 }[family];
  for (const target of targets) {
    if (target.type === 'host' && isIP(target.host) === other)
      problems.push(['family', `${target.host} is no address of family=${family}; leave the one or the other out`]);
  }
  if (balance === 'source' && listen.type === 'unix' && !proxyIn)
    problems.push([
      'balance',
      'balance=source goes by the address of clients, and those of a Unix socket have none; choose another balance',
    ]);
  return problems;
}

/** What is wrong between a first and a longest time, wherever each was given. */
export function inverted({ ejectTime, ejectMax }: Pick<RouteOptions, 'ejectTime' | 'ejectMax'>): string[] {
  if (ejectTime <= ejectMax) return [];
  return [
    `eject-time, ${duration().format(ejectTime)}, is above eject-max, ${duration().format(ejectMax)}; lower the one, or raise the other`,
  ];
}
