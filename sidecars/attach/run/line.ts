import type { Attachable } from '../wish/sidecars.ts';
import type { SidecarName } from '../wish/wish.ts';
import type { Needs } from './needs.ts';
import type { GivenBeside } from './settings.ts';
import { quoted } from './shell.ts';
import type { Target } from './target.ts';
import type { Work } from './work.ts';

/** All that a line is made of. */
export interface Parts {
  readonly target: Target;
  readonly sidecar: SidecarName;
  readonly attachable: Attachable;
  readonly words: readonly string[];
  readonly work: Work;
  readonly needs: Needs;
  readonly given: GivenBeside;
  /** Further flags, which go over the others. */
  readonly over: readonly string[];
  /** What goes before the name of the image, and its tag. */
  readonly images: string;
  readonly tag: string;
}

/** The `docker run` line that attaches a sidecar, for a POSIX shell. */
export function lineOf({ target, sidecar, attachable, words, work, needs, given, over, images, tag }: Parts): string {
  const own = `${target.name}-${sidecar}`;
  const { volumes } = needs;
  return [
    ...given.before,
    'docker run',
    ...(work.isSteady ? ['-d --restart unless-stopped', `--name ${quoted(own)}`] : [work.isLookedAt ? '--rm -it' : '--rm']),
    ...(needs.network ? [`--net ${target.network}`] : []),
    ...(needs.processes ? [`--pid container:${target.container}`] : []),
    ...(volumes === 'none' ? [] : [`--volumes-from ${target.container}${volumes === 'read' ? ':ro' : ''}`]),
    ...(needs.state ? attachable.state.map((folder) => `-v ${quoted(own + folder.replaceAll('/', '-'))}:${folder}`) : []),
    ...needs.stores.map((folder) => `-v ${quoted(target.name + folder.replaceAll('/', '-'))}:${folder}`),
    ...given.flags,
    '--read-only',
    ...attachable.scratch.map((folder) => `--tmpfs ${folder}`),
    '--cap-drop ALL',
    ...needs.capabilities.map((capability) => `--cap-add ${capability}`),
    ...(needs.user === undefined ? [] : [`--user ${quoted(needs.user)}`]),
    `--security-opt no-new-privileges --pids-limit 64 --memory ${attachable.memory}m`,
    ...over,
    `${images}${needs.image ?? sidecar}:${tag}`,
    ...words.map(quoted),
  ].join(' ');
}
