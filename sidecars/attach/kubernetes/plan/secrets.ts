import { innerName } from '#shared/config/table.ts';
import { sidecars } from '../../wish/sidecars.ts';
import type { Wish } from '../../wish/wish.ts';
import type { Mount } from '../manifest/pod.ts';
import type { Additions } from './additions.ts';
import { label } from './names.ts';
import type { Variable } from './variables.ts';

/** What brings the settings that stand in secrets. */
export interface SecretSettings {
  readonly variables: readonly Variable[];
  readonly mounts: readonly Mount[];
}

/** Mounts the secrets that a sidecar reads; each is one volume of the pod, whoever reads it. */
export function secretSettings({ sidecar, settings }: Wish, additions: Additions): SecretSettings {
  const variables: Variable[] = [];
  const mounts = new Map<string, Mount>();
  for (const { option, variable, given } of settings) {
    if (given.from !== 'secret') continue;
    const mountPath = `/run/secrets/${given.name}`;
    mounts.set(given.name, { name: volumeOf(given.name, additions), mountPath, readOnly: true });
    const isPath = sidecars[sidecar].outline.options[option]?.kind.name === 'path';
    variables.push({ name: isPath ? variable : `${variable}_FILE`, value: `${mountPath}/${given.key ?? innerName(option)}` });
  }
  return { variables, mounts: [...mounts.values()] };
}

function volumeOf(secretName: string, additions: Additions): string {
  const source = { secret: { secretName } };
  const there = [...additions.workload.pod.volumes, ...additions.volumes].find(
    (volume) => JSON.stringify(volume.secret) === JSON.stringify(source.secret),
  );
  if (there !== undefined) return there.name;
  const name = additions.volume(label(secretName), source);
  additions.tell(`volumes: ${name}`, `the secret ${secretName}, as files that the sidecar reads`);
  return name;
}
