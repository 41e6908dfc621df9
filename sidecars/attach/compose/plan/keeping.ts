import { isKnown } from '../../wish/interpolation.ts';
import { type Setting, settingOf } from '../../wish/wish.ts';
import type { ComposeFile } from '../model/compose-file.ts';
import { isWithin, mountsOf } from '../model/mounts.ts';
import { keysOf } from '../model/plain.ts';
import type { Complaints, Draft, Reason } from './draft.ts';

/** Where a sidecar keeps what is its own, as its file system is read-only. */
export interface Keeping {
  /** `web-logs-state:/state` */
  readonly volumes: readonly string[];
  /** The names of those volumes. */
  readonly names: readonly string[];
  readonly tmpfs: readonly string[];
  readonly reasons: readonly Reason[];
}

/** Volumes of a draft's own. */
export function keepingOf(draft: Draft, file: ComposeFile, complaints: Complaints): Keeping {
  const { wish, owner, sidecar, name } = draft;
  const volumes = new Map<string, string>();
  const reasons: Reason[] = [];
  const given = mountsOf(wish.over);
  const isGiven = (path: string) => given.some(({ target }) => target !== undefined && isWithin(path, target));
  for (const folder of sidecar.state) {
    const setting = settingOf(wish, 'state');
    const path = pathOf(setting) ?? folder;
    if (isGiven(path)) continue;
    // a new volume is writable for user 65532 only where the image has the folder
    if (path !== folder)
      complaints.ofWish(
        draft,
        setting,
        `is ${path}, for which there is no volume; leave it out, or give one: service: { volumes: ["NAME:${path}"] }`,
      );
    const mounted = mountsOf(owner.keys).find(({ target }) => target !== undefined && isWithin(target, path));
    if (mounted !== undefined)
      complaints.ofWish(
        draft,
        setting,
        `needs ${path}, where ${owner.name} has a volume too; give another folder and a volume: state: /state-of-${wish.sidecar}, service: { volumes: ["NAME:/state-of-${wish.sidecar}"] }`,
      );
    volumes.set(`${name}-state`, path);
    reasons.push({ what: `volumes: [${name}-state:${path}]`, why: 'what it has done so far outlives its container' });
  }
  for (const folder of storesOf(draft)) {
    if (isGiven(folder) || [...volumes.values()].some((path) => isWithin(folder, path))) continue;
    if (wish.sidecar === 'backup' && isWithin(folder, '/backups')) {
      volumes.set(`${owner.name}-backups`, '/backups');
      reasons.push({ what: `volumes: [${owner.name}-backups:/backups]`, why: 'backups are kept in a volume of their own' });
    } else
      complaints.ofWish(
        draft,
        settingOf(wish, 'to'),
        `names ${folder}, for which there is no volume; ${wish.sidecar === 'backup' ? 'write file:///backups, or give one' : 'give one'}: service: { volumes: ["NAME:${folder}"] }`,
      );
  }
  for (const volume of volumes.keys())
    if (Object.hasOwn(keysOf(file.keys.volumes), volume))
      complaints.ofWish(
        draft,
        undefined,
        `needs the name ${volume} for a volume, which this file has already; call it something else`,
      );
  const tmpfs = sidecar.scratch.map((folder) => pathOf(settingOf(wish, 'tmp')) ?? folder).filter((path) => !isGiven(path));
  if (tmpfs.length > 0)
    reasons.push({ what: `tmpfs: [${tmpfs.join(', ')}]`, why: 'room for what need not outlive its container' });
  return { volumes: [...volumes].map(([volume, path]) => `${volume}:${path}`), names: [...volumes.keys()], tmpfs, reasons };
}

/** Folders that something is written to: `file:///backups/db1`. */
function storesOf({ wish }: Draft): string[] {
  const given = settingOf(wish, 'to')?.given;
  if (given?.from !== 'text' || !isKnown(given.text, { overKey: 'service' })) return [];
  return [...given.text.matchAll(/(?:^|[\s,])file:\/\/(\/[^\s,?#]*)/g)].map(([, path = '']) => path.replace(/(?<=.)\/+$/, ''));
}

function pathOf(setting: Setting | undefined): string | undefined {
  return setting?.given.from === 'text' ? setting.given.text.replace(/(?<=.)\/+$/, '') : undefined;
}
