import { exists } from '../../bundle.ts';
import { versionOf } from '../../tools.ts';
import { borg } from './borg.ts';
import type { Peer } from './peer.ts';
import { restic, resticByRclone } from './restic.ts';
import { sidecar, verified } from './sidecar.ts';
import { tarPeers } from './tar.ts';

/** All that can be measured, the sidecar first. */
export const peers: readonly Peer[] = [sidecar, verified, ...tarPeers, restic, resticByRclone, borg];

/** What a peer needs and this machine lacks. */
export function missing({ bundled, tools }: Peer): string[] {
  return [
    ...(bundled && !exists('backup') ? ['sidecars/backup/main.ts'] : []),
    ...tools.filter((tool) => versionOf(tool) === undefined),
  ];
}
