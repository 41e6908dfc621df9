import type { Change, How } from '../../attached.ts';
import type { Problem, Wish } from '../../wish/wish.ts';
import { isKept, type Mount, type Pod, type Volume } from '../manifest/pod.ts';
import type { Workload } from '../manifest/workload.ts';
import { Additions } from './additions.ts';
import { Ports } from './admin.ts';
import type { HostAlias } from './hosts.ts';
import { inOrder } from './order.ts';
import type { ConfigMap, Sysctl } from './routes.ts';
import { ownUser, type Sidecar, sidecarOf } from './sidecar.ts';

/** What is to be added to a workload. */
export interface Plan {
  /** They stand before the init containers that are there, in this order. */
  readonly sidecars: readonly Sidecar[];
  readonly volumes: readonly Volume[];
  /** Of the container that the sidecars are for. */
  readonly mounts: readonly Mount[];
  readonly hostAliases: readonly HostAlias[];
  /** The group of the volumes of the pod. */
  readonly group: number | undefined;
  readonly sysctls: readonly Sysctl[];
  readonly configMap: ConfigMap | undefined;
  /** In words, what is added and why. */
  readonly changes: readonly Change[];
}

/** Plans the sidecars that are wished for a workload. What cannot be done is told in `problems`. */
export function planOf(workload: Workload, wishes: readonly Wish[], how: How, problems: Problem[]): Plan {
  const { pod } = workload;
  const additions = new Additions(workload, problems);
  // the application's own user may read what it writes; root's files take root, which a sidecar is not
  const reader = additions.container.securityContext?.runAsUser || pod.securityContext.runAsUser || ownUser;
  const names = new Set([...pod.containers, ...pod.initContainers].map(({ name }) => name));
  const surroundings = { additions, ports: new Ports(pod, wishes), names, reader, how };
  const sidecars = inOrder(wishes).map((wish) => sidecarOf(wish, surroundings));
  const group = reader === ownUser && sidecars.some(({ sharesEmptyDir }) => sharesEmptyDir) ? groupOf(pod) : undefined;
  if (group !== undefined)
    additions.tell(`securityContext.fsGroup: ${group}`, 'the folders that it shares with the application are its own, too');
  if (!pod.saysServiceLinks)
    additions.tell('enableServiceLinks: false', 'a service called as a sidecar would inject variables with its prefix');
  return {
    sidecars,
    volumes: additions.volumes,
    mounts: additions.mounts,
    hostAliases: sidecars.flatMap(({ routing }) => routing.aliases),
    group,
    sysctls: sidecars.flatMap(({ routing }) => routing.sysctls),
    configMap: sidecars.find(({ routing }) => routing.configMap)?.routing.configMap,
    changes: additions.changes,
  };
}

/** The group that the volumes of a pod may be given: none where it has one, or where data that is kept would change hands. */
function groupOf({ securityContext, volumes }: Pod): number | undefined {
  return securityContext.fsGroup === undefined && !volumes.some(isKept) ? ownUser : undefined;
}
