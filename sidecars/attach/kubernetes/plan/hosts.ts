import { loopbacksOf, routeOf } from '../../wish/routes.ts';
import type { HostName, Problem, Wish } from '../../wish/wish.ts';
import type { Additions } from './additions.ts';

/** An entry of the hosts file of a pod. */
export interface HostAlias {
  readonly ip: string;
  readonly hostnames: readonly string[];
}

/** What names of hosts become: entries of the hosts file, and routes from the addresses in them. */
export interface Carried {
  readonly aliases: readonly HostAlias[];
  readonly routes: readonly string[];
  /** Whether the routes hold `$(POD_NAMESPACE)`, which only a variable of a container can. */
  readonly needsNamespace: boolean;
}

/** The variable with the namespace of the pod, where the manifest does not name it. */
export const namespaceVariable = 'POD_NAMESPACE';

/**
 * Leads names of hosts to an ambassador. The pod finds a loopback address under each name; the ambassador, which has the hosts file of the pod,
 * asks for the whole name, with a dot at its end.
 */
export function carry({ hosts }: Wish, additions: Additions): Carried {
  const { pod, namespace } = additions.workload;
  const nameOf = (host: HostName) => host.name.toLowerCase();
  const addresses = loopbacksOf(hosts.map(nameOf));
  const taken = new Set(pod.hostAliases.flatMap(({ hostnames }) => hostnames ?? []).map((name) => name.toLowerCase()));
  for (const host of hosts)
    if (taken.has(nameOf(host)))
      additions.problems.push({
        place: host.place,
        text: `${host.name} stands in hostAliases of the pod already; take it out there`,
      });
  const routes = hosts.map((host) => {
    const whole = host.backends === undefined ? wholeName(host, namespace, additions.problems) : host.name;
    return routeOf(host, addresses.get(nameOf(host)) ?? '', `${whole}:${host.port}`);
  });
  for (const [name, ip] of addresses)
    additions.tell(`hostAliases: ${name} at ${ip}`, 'the application finds the ambassador under the name that it uses already');
  return {
    aliases: [...addresses].map(([name, ip]) => ({ ip, hostnames: [name] })),
    routes,
    needsNamespace: routes.some((route) => route.includes(`$(${namespaceVariable})`)),
  };
}

/** The name of a service as it is known in the whole cluster, or of a host outside of it. */
function wholeName({ name, port, place }: HostName, namespace: string | undefined, problems: Problem[]): string {
  const parts = name.split('.');
  if (parts.length === 1) return `${name}.${namespace ?? `$(${namespaceVariable})`}.svc.cluster.local.`;
  if (parts.length === 3 && parts[2] === 'svc') return `${name}.cluster.local.`;
  if (parts.length === 2)
    problems.push({
      place,
      text:
        `${name}:${port} may be the service ${parts[0]} of the namespace ${parts[1]}, or a host elsewhere; write ` +
        `${name}:${port}=${name}.svc.cluster.local.:${port} or ${name}:${port}=${name}.:${port}`,
    });
  return `${name}.`;
}
