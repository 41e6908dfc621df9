/** A container, as far as attach looks at it. */
export interface Container {
  readonly name: string;
  readonly ports?: readonly { readonly containerPort?: number }[];
  readonly env?: readonly { readonly name: string }[];
  readonly securityContext?: SecurityContext;
  readonly volumeMounts?: readonly Mount[];
}

/** Where a container has a volume. */
export interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
  readonly subPathExpr?: string;
  readonly readOnly?: boolean;
}

/** A volume of a pod: its name, and one further key that says what it is. */
export interface Volume {
  readonly name: string;
  readonly [type: string]: unknown;
}

interface SecurityContext {
  readonly runAsUser?: number;
  readonly fsGroup?: number;
  readonly sysctls?: readonly { readonly name: string }[];
}

/** What a pod is made of, as far as attach looks at it. */
export interface Pod {
  readonly containers: readonly Container[];
  readonly initContainers: readonly Container[];
  readonly volumes: readonly Volume[];
  readonly hostAliases: readonly { readonly hostnames?: readonly string[] }[];
  readonly securityContext: SecurityContext;
  readonly hostNetwork: boolean;
  /** How long it may take to end, in seconds. */
  readonly terminationGracePeriodSeconds: number;
  /** Whether it says itself what becomes of `enableServiceLinks`. */
  readonly saysServiceLinks: boolean;
}

/**
 * Reads the spec of a pod; what has not the form that Kubernetes demands is left out.
 * @param claims templates of claims, each of which is a volume of every pod of a StatefulSet
 */
export function podOf(spec: unknown, claims: unknown): Pod {
  const entries = isEntries(spec) ? spec : {};
  const templates = named(claims, (claim) => (isEntries(claim.metadata) ? claim.metadata.name : undefined));
  return {
    containers: named(entries.containers) as unknown as Container[],
    initContainers: named(entries.initContainers) as unknown as Container[],
    volumes: [
      ...(named(entries.volumes) as Volume[]),
      ...templates.map(({ metadata }) => ({ name: String((metadata as { name: unknown }).name), volumeClaimTemplate: {} })),
    ],
    hostAliases: listed(entries.hostAliases),
    securityContext: isEntries(entries.securityContext) ? entries.securityContext : {},
    hostNetwork: entries.hostNetwork === true,
    // what Kubernetes takes for it
    terminationGracePeriodSeconds:
      typeof entries.terminationGracePeriodSeconds === 'number' ? entries.terminationGracePeriodSeconds : 30,
    saysServiceLinks: typeof entries.enableServiceLinks === 'boolean',
  };
}

/** Whether what is in a volume outlives the pod. */
export function isKept(volume: Volume): boolean {
  return isOneOf(volume, ['persistentVolumeClaim', 'volumeClaimTemplate', 'csi', 'nfs', 'iscsi', 'fc', 'rbd']);
}

/** Whether each pod of a workload has such a volume for itself. */
export function isOfOnePod(volume: Volume): boolean {
  return isOneOf(volume, ['volumeClaimTemplate', 'ephemeral', 'emptyDir', 'hostPath']);
}

/** Whether a volume holds what Kubernetes itself puts there. */
export function isSettings(volume: Volume): boolean {
  return isOneOf(volume, ['configMap', 'secret', 'projected', 'downwardAPI']);
}

function isOneOf(volume: Volume, types: readonly string[]): boolean {
  return types.some((type) => volume[type] !== undefined);
}

/** The places where a container has volumes. */
export function mountsOf(container: { readonly volumeMounts?: unknown }): Mount[] {
  return listed(container.volumeMounts).filter(
    (mount): mount is Record<string, unknown> & Mount => typeof mount.name === 'string' && typeof mount.mountPath === 'string',
  );
}

/** The ports that a container names. */
export function portsOf(container: Container): number[] {
  return listed(container.ports).flatMap(({ containerPort }) => (typeof containerPort === 'number' ? [containerPort] : []));
}

/** Whether a value is a map. */
export function isEntries(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The maps of a list. */
export function listed(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isEntries) : [];
}

function named(value: unknown, nameOf = (entries: Record<string, unknown>) => entries.name): Record<string, unknown>[] {
  return listed(value).filter((entries) => typeof nameOf(entries) === 'string');
}
