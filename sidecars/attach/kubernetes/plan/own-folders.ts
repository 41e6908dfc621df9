import { sidecars } from '../../wish/sidecars.ts';
import type { Wish } from '../../wish/wish.ts';
import { type Mount, mountsOf } from '../manifest/pod.ts';
import type { Additions } from './additions.ts';
import { isWithin } from './files.ts';
import { textOf } from './variables.ts';

/** Volumes for folders of the sidecar's own, but for those that a person mounts. */
export function ownFolders(wish: Wish, additions: Additions): Mount[] {
  const { state, scratch } = sidecars[wish.sidecar];
  const wanted = [
    ...state.map((folder) => ({ folder: textOf(wish, 'state') ?? folder, role: 'state', why: 'what it has to remember' })),
    ...scratch.map((folder) => ({ folder: textOf(wish, 'tmp') ?? folder, role: 'tmp', why: 'room for copies' })),
  ];
  const mounted = mountsOf(wish.over).map(({ mountPath }) => mountPath);
  return wanted
    .filter(({ folder }) => !mounted.some((mount) => isWithin(folder, mount)))
    .map(({ folder, role, why }) => {
      const name = additions.volume(`${wish.sidecar}-${role}`, { emptyDir: {} });
      additions.tell(`volumes: ${name}`, `${why}; it lives as long as the pod`);
      return { name, mountPath: folder };
    });
}
