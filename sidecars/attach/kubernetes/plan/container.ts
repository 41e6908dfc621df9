import { sidecars } from '../../wish/sidecars.ts';
import type { SidecarName } from '../../wish/wish.ts';
import type { Mount } from '../manifest/pod.ts';
import { type Asked, probesOf } from './admin.ts';
import type { Variable } from './variables.ts';

/** What a container of a sidecar is made of. */
export interface Parts {
  readonly sidecar: SidecarName;
  readonly name: string;
  readonly image: string;
  readonly variables: readonly Variable[];
  readonly mounts: readonly Mount[];
  readonly asked: Asked;
  /** The user that it runs as. */
  readonly user: number;
}

/** Processor and memory that a sidecar is sure to have, in the words of Kubernetes. */
const requests: Readonly<Record<SidecarName, Readonly<Record<string, string>>>> = {
  logs: { cpu: '10m', memory: '48Mi' },
  backup: { cpu: '10m', memory: '32Mi' },
  ambassador: { cpu: '10m', memory: '48Mi' },
  netprobe: { cpu: '10m', memory: '48Mi' },
};

/** A native sidecar: an init container that goes on, hardened and with probes. */
export function containerOf({ sidecar, name, image, variables, mounts, asked, user }: Parts): Record<string, unknown> {
  const port = sidecar === 'logs' ? 'logs-admin' : sidecar;
  return {
    name,
    image,
    restartPolicy: 'Always',
    ...(variables.length > 0 ? { env: variables } : {}),
    ...(asked.by === 'http' ? { ports: [{ name: port, containerPort: asked.port }] } : {}),
    ...probesOf(sidecar, asked, port),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: user,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    resources: { requests: requests[sidecar], limits: { memory: `${sidecars[sidecar].memory}Mi` } },
    ...(mounts.length > 0 ? { volumeMounts: mounts } : {}),
  };
}
