import { sidecars } from '../../wish/sidecars.ts';
import { settingOf, type Wish } from '../../wish/wish.ts';
import { type Container, isOfOnePod, type Mount, mountsOf } from '../manifest/pod.ts';
import type { Additions } from './additions.ts';
import { dataMounts, holding, sharedMount } from './files.ts';
import { asWritten, textOf, type Variable } from './variables.ts';

/** What brings the files of the application to a sidecar. */
export interface WishedFiles {
  readonly mounts: readonly Mount[];
  readonly variables: readonly Variable[];
  /** Whether some of them are in a volume that is empty with each new pod. */
  readonly inEmptyDir: boolean;
  /** Whether some of them are those of one pod alone. */
  readonly ofOnePod: boolean;
}

/** Finds the volumes with the files that a sidecar is to read; for log files that are on none, one is added. */
export function filesOf(wish: Wish, additions: Additions): WishedFiles {
  const { sidecar } = wish;
  if (sidecar !== 'logs' && sidecar !== 'backup') return { mounts: [], variables: [], inEmptyDir: false, ofOnePod: false };
  const { mounts, named } = sidecar === 'logs' ? logFiles(wish, additions) : dataFiles(wish, additions);
  const { pod } = additions.workload;
  const volumes = [...pod.volumes, ...additions.volumes].filter((volume) => mounts.some(({ name }) => name === volume.name));
  return {
    mounts,
    variables: [...namedInPaths(mounts, wish, additions), ...named],
    inEmptyDir: volumes.some(({ emptyDir }) => emptyDir !== undefined),
    ofOnePod: volumes.some(isOfOnePod),
  };
}

interface Found {
  readonly mounts: readonly Mount[];
  readonly named: readonly Variable[];
}

function logFiles(wish: Wish, additions: Additions): Found {
  const { container } = additions;
  if (textOf(wish, 'once') === 'true')
    additions.refuse(
      'logs',
      settingOf(wish, 'once')?.place ?? wish.place,
      '.once would have it start again and again; leave it out',
    );
  const text = textOf(wish, 'paths');
  const { paths } = sidecars.logs.outline.options;
  const globs: readonly string[] = text === undefined ? paths?.default : paths?.kind.parse(text);
  const readOnly = !['truncate', 'delete'].includes(textOf(wish, 'afterShip') ?? '');
  const ownMounts = mountsOf(container);
  const held = holding(globs, [...mountsOf(wish.over), ...ownMounts]);
  const shared = held.mounts.filter((mount) => ownMounts.includes(mount)).map((mount) => sharedMount(mount, readOnly));
  const place = settingOf(wish, 'paths')?.place ?? wish.place;
  if (held.missing.length > 0 && text === undefined)
    additions.refuse(
      'logs',
      place,
      ` names no paths, and ${container.name} has no volume at /var/log; write paths: [/var/log/${container.name}/*.log]`,
    );
  else if (held.missing.includes('/'))
    additions.refuse(
      'logs',
      place,
      '.paths names files of the root folder, where no volume can be; have the application write to a folder',
    );
  else shared.push(...held.missing.map((folder) => sharedMount(newVolume(folder, additions), readOnly)));
  return { mounts: shared, named: [] };
}

/** A volume that the application writes its log files to. */
function newVolume(mountPath: string, additions: Additions): Mount {
  const { container } = additions;
  const name = additions.volume(`${container.name.slice(0, 50)}-logs`, { emptyDir: {} });
  const mount = { name, mountPath };
  additions.mounts.push(mount);
  additions.tell(
    `volumes: ${name}, mounted in ${container.name} at ${mountPath}`,
    'that folder is on no volume, and the sidecar sees no others',
  );
  return mount;
}

function dataFiles(wish: Wish, additions: Additions): Found {
  const { container, workload } = additions;
  const ownMounts = dataMounts(container, workload.pod.volumes);
  const sources = settingOf(wish, 'sources');
  if (sources === undefined) return everything(wish, ownMounts, additions);
  const text = textOf(wish, 'sources');
  const given = text === undefined ? [] : (sidecars.backup.outline.options.sources?.kind.parse(text) as readonly unknown[]);
  const paths = given.filter((source) => typeof source === 'string');
  const held = holding(
    paths.map((path) => path.replaceAll(/[*?[\]{}()!+@]/g, '\\$&')),
    [...mountsOf(wish.over), ...ownMounts],
  );
  for (const folder of held.missing)
    additions.refuse(
      'backup',
      sources.place,
      `.sources names files in ${folder}, which is on no volume of ${container.name}, so that they end with it; mount a volume there`,
    );
  return { mounts: held.mounts.filter((mount) => ownMounts.includes(mount)).map((mount) => sharedMount(mount, true)), named: [] };
}

/** Names what is saved: the sidecar would take its own volumes for the application's, too. */
function everything(wish: Wish, mounts: readonly Mount[], additions: Additions): Found {
  if (['pgHost', 'pgDatabase'].some((option) => settingOf(wish, option) !== undefined)) return { mounts: [], named: [] };
  const folders = [...mountsOf(wish.over), ...mounts].map(({ mountPath }) => mountPath);
  if (mounts.length === 0)
    additions.refuse(
      'backup',
      wish.place,
      ` names no sources, and ${additions.container.name} has no volume with data; write sources: [/var/lib/app]`,
    );
  additions.tell(`BACKUP_SOURCES: ${folders.join()}`, 'the volumes with data of the container; it has further ones of its own');
  return {
    mounts: mounts.map((mount) => sharedMount(mount, true)),
    named: [{ name: 'BACKUP_SOURCES', value: asWritten(folders.join('\n')) }],
  };
}

/** Copies the variables that paths within volumes are made of. */
function namedInPaths(mounts: readonly Mount[], wish: Wish, additions: Additions): Variable[] {
  const names = new Set(
    mounts.flatMap(({ subPathExpr = '' }) => [...subPathExpr.matchAll(/\$\(([^)]+)\)/g)].map(([, name = '']) => name)),
  );
  const { env = [] } = additions.container as Container;
  return [...names].flatMap((name) => {
    const variable = env.find((candidate) => candidate.name === name);
    if (variable !== undefined) return [variable];
    additions.refuse(
      wish.sidecar,
      wish.place,
      ` needs the variable ${name} of a subPathExpr, which env of ${additions.container.name} does not have`,
    );
    return [];
  });
}
