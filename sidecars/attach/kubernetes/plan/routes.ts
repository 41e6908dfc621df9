import { sidecars } from '../../wish/sidecars.ts';
import type { Wish } from '../../wish/wish.ts';
import type { Mount } from '../manifest/pod.ts';
import type { Additions } from './additions.ts';
import { carry, type HostAlias, namespaceVariable } from './hosts.ts';
import { ofField } from './identity.ts';
import { asWritten, textOf, type Variable } from './variables.ts';

/** A setting of the kernel for the pod. */
export interface Sysctl {
  readonly name: string;
  readonly value: string;
}

/** A document with texts that containers of its namespace have as files. */
export interface ConfigMap {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly data: Readonly<Record<string, string>>;
}

/** What becomes of the routes and the host names of an ambassador. */
export interface Routing {
  readonly aliases: readonly HostAlias[];
  readonly sysctls: readonly Sysctl[];
  readonly configMap: ConfigMap | undefined;
  readonly variables: readonly Variable[];
  readonly mounts: readonly Mount[];
}

const folder = '/etc/ambassador';
const leastPort = 'net.ipv4.ip_unprivileged_port_start';
const none: Routing = { aliases: [], sysctls: [], configMap: undefined, variables: [], mounts: [] };

/** Brings routes to an ambassador: in a file that is watched, or in a variable where they hold the namespace, which no file can be told. */
export function routingOf(wish: Wish, additions: Additions): Routing {
  if (wish.sidecar !== 'ambassador') return none;
  const { aliases, routes, needsNamespace } = carry(wish, additions);
  const sysctls = lowPorts(wish, additions);
  const lines = [textOf(wish, 'routes')?.trimEnd(), ...routes].filter((text) => text !== undefined);
  if (lines.length === 0) return { ...none, aliases, sysctls };
  if (!needsNamespace) return { aliases, sysctls, ...inFile(`${lines.join('\n')}\n`, additions) };
  const namespace = ofField(namespaceVariable, 'metadata.namespace');
  const variables = [namespace, { name: 'AMBASSADOR_ROUTES', value: asWritten(lines.join('\n')) }];
  additions.tell(
    `${namespaceVariable} from metadata.namespace`,
    'the whole name of a service has it; where the manifest names it, routes are in a ConfigMap',
  );
  return { aliases, sysctls, configMap: undefined, variables, mounts: [] };
}

function inFile(routes: string, additions: Additions): Pick<Routing, 'configMap' | 'variables' | 'mounts'> {
  const { namespace, name } = additions.workload;
  const configMap = { name: `${name}-routes`, namespace, data: { routes } };
  const volume = additions.volume('routes', { configMap: { name: configMap.name } });
  additions.tell(`ConfigMap ${configMap.name}, in volumes: ${volume}`, 'its routes, which are read again when they change');
  return {
    configMap,
    variables: [{ name: 'AMBASSADOR_ROUTES_FILE', value: `${folder}/routes` }],
    mounts: [{ name: volume, mountPath: folder, readOnly: true }],
  };
}

/** What lets a user who is not root listen on ports below 1024; some container runtimes set it, and others do not. */
function lowPorts(wish: Wish, additions: Additions): Sysctl[] {
  const { hostNetwork, securityContext } = additions.workload.pod;
  if (hostNetwork || !listenPorts(wish).some((port) => port < 1024)) return [];
  if (securityContext.sysctls?.some(({ name }) => name === leastPort)) return [];
  additions.tell(`securityContext.sysctls: ${leastPort}`, 'it listens on a port below 1024 and is not root');
  return [{ name: leastPort, value: '0' }];
}

/** The ports that an ambassador listens on. */
export function listenPorts(wish: Wish): number[] {
  if (wish.sidecar !== 'ambassador') return [];
  const text = textOf(wish, 'routes');
  const { routes } = sidecars.ambassador.outline.options;
  const written: readonly { readonly listen: { readonly port?: number } }[] = text === undefined ? [] : routes?.kind.parse(text);
  return [...written.flatMap(({ listen }) => listen.port ?? []), ...wish.hosts.map(({ port }) => port)];
}
