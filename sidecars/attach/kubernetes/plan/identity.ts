import { settingOf, type Wish } from '../../wish/wish.ts';
import type { Additions } from './additions.ts';
import type { Variable } from './variables.ts';

/**
 * Variables by which a sidecar is told from those of other pods, where nothing else is said.
 * @param ofOnePod whether the files that it reads are those of one pod alone; of what all pods share, they make one backup between them.
 */
export function identityOf(wish: Wish, ofOnePod: boolean, additions: Additions): Variable[] {
  const { identity } = additions.workload;
  if (wish.sidecar === 'logs' && settingOf(wish, 'host') === undefined) return [ofField('LOGS_HOST', 'metadata.name')];
  if (wish.sidecar !== 'backup' || !ofOnePod || identity === undefined || settingOf(wish, 'name') !== undefined) return [];
  additions.tell(`BACKUP_NAME from ${identity}`, 'there may be several pods, each with data of its own');
  return [ofField('BACKUP_NAME', identity)];
}

/** A variable with what Kubernetes knows of the pod. */
export function ofField(name: string, fieldPath: string): Variable {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}
