import type { ComposeFile } from '../model/compose-file.ts';
import { namesOf } from '../model/plain.ts';
import type { Service } from '../model/service.ts';
import type { Draft, Piece, Reason } from './draft.ts';

/** How a service that is added comes to its network. */
export interface Network extends Piece {
  /** What tells the network namespace from all others: services with the same one share their ports. */
  readonly namespace: string;
  /** Whether each replica of the owner has one of its own, in which the same ports are taken. */
  readonly isOfReplica?: true;
  /** Services that it has to be restarted with, as it lives in their network. */
  readonly restartsWith: readonly string[];
  /** Whether it has to be made anew with its owner, and compose would not see it by its network. */
  readonly needsAnchor: boolean;
}

/** The network of a draft. */
export function networkOf(draft: Draft, file: ComposeFile): Network {
  const { owner, sidecar } = draft;
  const mode = modeOf(owner);
  if (mode !== undefined && isElsewhere(mode)) return sharedNetwork(owner, mode, file);
  if (sidecar.joinsNetwork) return draft.replica === undefined ? joined(owner) : joinedReplica(draft);
  const namespace = `service:${draft.name}`;
  if (mode !== undefined) {
    const what = `network_mode: ${mode}`;
    return {
      keys: { network_mode: mode },
      namespace,
      restartsWith: [],
      needsAnchor: false,
      reasons: [{ what, why: `${owner.name} has it` }],
    };
  }
  const networks = namesOf(owner.keys.networks);
  const reasons: Reason[] = [{ what: `networks: [${networks.join(', ')}]`, why: `what ${owner.name} reaches it reaches, too` }];
  return {
    keys: networks.length === 0 ? {} : { networks },
    namespace,
    restartsWith: [],
    needsAnchor: false,
    reasons: networks.length === 0 ? [] : reasons,
  };
}

function joined(owner: Service): Network {
  const mode = `service:${owner.name}`;
  const reasons = [
    { what: `network_mode: ${mode}`, why: `it lives in the network of ${owner.name}, as if it ran in the same container` },
  ];
  return { keys: { network_mode: mode }, namespace: mode, restartsWith: [owner.name], needsAnchor: false, reasons };
}

/**
 * `network_mode: service:web` joins one of the containers of web, and which one changes when they are made anew: seen with compose 2.40.
 * By its name each one can be joined. But then compose does not see that the sidecar has to be made anew when web is, and fails with
 * "No such container"; it sees it by `volumes_from`.
 */
function joinedReplica({ owner, replica }: Draft): Network {
  const mode = `container:${containerName(owner, replica)}`;
  const why = `it lives in the network of container ${replica} of ${owner.name}; service:${owner.name} would be any one of them`;
  return {
    keys: { network_mode: mode },
    namespace: `service:${owner.name}`,
    restartsWith: [owner.name],
    isOfReplica: true,
    needsAnchor: true,
    reasons: [{ what: `network_mode: ${mode}`, why }],
  };
}

/** The name that compose gives a container of a service. */
export function containerName(owner: Service, replica: number | undefined): string {
  return `\${COMPOSE_PROJECT_NAME}-${owner.name}-${replica}`;
}

/** The network that the owner itself is a guest in. */
function sharedNetwork(owner: Service, mode: string, file: ComposeFile): Network {
  const host = hostOf(mode);
  return {
    keys: { network_mode: mode },
    namespace: namespaceOf(owner, file),
    restartsWith: host === undefined ? [] : [host],
    needsAnchor: false,
    reasons: [{ what: `network_mode: ${mode}`, why: `${owner.name} is in that network` }],
  };
}

/** What tells the network namespace of a service from all others. */
export function namespaceOf(service: Service, file: ComposeFile, way: readonly Service[] = []): string {
  const mode = modeOf(service);
  if (mode === undefined || !isElsewhere(mode)) return `service:${service.name}`;
  const host = file.services.get(hostOf(mode) ?? '');
  return host === undefined || way.includes(host) ? mode : namespaceOf(host, file, [...way, service]);
}

function modeOf({ keys }: Service): string | undefined {
  return typeof keys.network_mode === 'string' ? keys.network_mode : undefined;
}

/** Whether it is the network of something else. */
export function isElsewhere(mode: string): boolean {
  return mode === 'host' || /^(service|container):/.test(mode);
}

function hostOf(mode: string): string | undefined {
  return /^service:(.+)$/.exec(mode)?.[1];
}
