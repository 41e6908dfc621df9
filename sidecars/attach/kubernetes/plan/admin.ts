import { listen } from '#shared/config/address.ts';
import { sidecars } from '../../wish/sidecars.ts';
import { type SidecarName, settingOf, type Wish } from '../../wish/wish.ts';
import { type Pod, portsOf } from '../manifest/pod.ts';
import { listenPorts } from './routes.ts';
import type { Variable } from './variables.ts';

/** How the kubelet asks a sidecar how it is. */
export type Asked =
  /** By HTTP, at a port of the pod. */
  | { readonly by: 'http'; readonly port: number }
  /** By a command in the container, as its server is not to be reached from outside. */
  | { readonly by: 'command' }
  /** Not at all. */
  | { readonly by: 'nothing' };

/** The ports of a pod, all of whose containers share one network. */
export class Ports {
  readonly #taken: Set<number>;

  constructor({ containers, initContainers }: Pod, wishes: readonly Wish[]) {
    const given = wishes.map(askedAt).flatMap((asked) => (asked?.by === 'http' ? [asked.port] : []));
    this.#taken = new Set([...[...containers, ...initContainers].flatMap(portsOf), ...wishes.flatMap(listenPorts), ...given]);
  }

  /** How a sidecar is asked: where it was told to serve, or at its usual port, or at the next one that nobody has. */
  asked(wish: Wish): { readonly asked: Asked; readonly variables: readonly Variable[] } {
    const given = askedAt(wish);
    if (given !== undefined) return { asked: given, variables: [] };
    const usual = sidecars[wish.sidecar].adminPort;
    let port = usual;
    while (this.#taken.has(port)) port += 10;
    this.#taken.add(port);
    const variables = port === usual ? [] : [{ name: `${wish.sidecar.toUpperCase()}_ADMIN`, value: `:${port}` }];
    return { asked: { by: 'http', port }, variables };
  }
}

/** How a sidecar is asked whose address was given; undefined where none was. */
function askedAt(wish: Wish): Asked | undefined {
  const given = settingOf(wish, 'admin')?.given;
  if (given === undefined) return undefined;
  // what a file says is known in the container alone
  const address = given.from === 'text' && isListen(given.text) ? listen.parse(given.text) : undefined;
  if (address?.type === 'off') return { by: 'nothing' };
  return address?.type === 'tcp' && [undefined, '0.0.0.0', '::'].includes(address.host) && address.port !== 0
    ? { by: 'http', port: address.port }
    : { by: 'command' };
}

/** Those of the probes that are its sidecar's: it is asked whether it serves only where the application would not do without. */
export function probesOf(sidecar: SidecarName, asked: Asked, port: string): Readonly<Record<string, unknown>> {
  if (asked.by === 'nothing') return {};
  if (asked.by === 'command') {
    const command = ['/usr/local/bin/node', '--disable-warning=ExperimentalWarning', `/sidekick/${sidecar}.cjs`, '--healthy'];
    const probe = { exec: { command }, timeoutSeconds: 5 };
    return { startupProbe: { ...probe, periodSeconds: 1, failureThreshold: 30 }, livenessProbe: { ...probe, periodSeconds: 30 } };
  }
  const at = (path: string) => ({ httpGet: { path, port } });
  return {
    startupProbe: { ...at('/livez'), periodSeconds: 1, failureThreshold: 30 },
    livenessProbe: at('/livez'),
    ...(sidecar === 'logs' || sidecar === 'ambassador' ? { readinessProbe: at('/readyz') } : {}),
  };
}

function isListen(text: string): boolean {
  try {
    listen.parse(text);
    return true;
  } catch {
    return false;
  }
}
