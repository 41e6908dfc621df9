import { exists } from '../../bundle.ts';
import { versionOf } from '../../tools.ts';
import type { Major } from '../programs.ts';
import type { Peer } from './peer.ts';
import { pgDumpPeers } from './pg-dump.ts';
import { sidecars } from './sidecar.ts';

/** All that can be measured, the sidecar first. */
export const peers: readonly Peer[] = [...sidecars, ...pgDumpPeers];

/** What a peer needs and this machine lacks. */
export function missing({ bundled, tools }: Peer, major: Major): string[] {
  return [
    ...(bundled && !exists('backup') ? ['sidecars/backup/main.ts'] : []),
    ...tools(major).filter((tool) => versionOf(tool) === undefined),
  ];
}
