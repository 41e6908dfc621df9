import { sidecars } from '../../wish/sidecars.ts';
import { settingOf, type Wish } from '../../wish/wish.ts';
import { mountsOf } from '../manifest/pod.ts';
import type { Additions } from './additions.ts';
import { isWithin } from './files.ts';
import { textOf } from './variables.ts';

/** Finds destinations that are folders in which the sidecar may not write: all but volumes is read-only. */
export function findStores(wish: Wish, volumeMounts: unknown, additions: Additions): void {
  const text = textOf(wish, 'to');
  const { to } = sidecars[wish.sidecar].outline.options;
  const urls: readonly URL[] = text === undefined ? [] : to?.kind.parse(text);
  const mounts = mountsOf({ volumeMounts });
  for (const { protocol, pathname } of urls) {
    if (protocol !== 'file:') continue;
    const folder = decodeURIComponent(pathname);
    if (!mounts.some(({ mountPath, readOnly }) => readOnly !== true && isWithin(folder, mountPath)))
      additions.refuse(
        wish.sidecar,
        settingOf(wish, 'to')?.place ?? wish.place,
        `.to names ${folder}, where the sidecar has no volume; write container: { volumeMounts: [{ name: VOLUME, mountPath: ${folder} }] } with a volume of the pod`,
      );
  }
}
