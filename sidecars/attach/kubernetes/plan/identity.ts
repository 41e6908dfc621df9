import { settingOf, type Wish } from '../../wish/wish.ts';
import type { Additions } from './additions.ts';
import type { Variable } from './variables.ts';

/** Variables by which a sidecar is told from those of other pods, where nothing else is said. */
export function identityOf(wish: Wish, additions: Additions): Variable[] {
  const { identity } = additions.workload;
  if (wish.sidecar === 'logs' && settingOf(wish, 'host') === undefined) return [ofField('LOGS_HOST', 'metadata.name')];
  if (wish.sidecar !== 'backup' || identity === undefined || settingOf(wish, 'name') !== undefined) return [];
  additions.tell(`BACKUP_NAME from ${identity}`, 'there may be several pods, and each has backups of its own in the store');
  return [ofField('BACKUP_NAME', identity)];
}

/** A variable with what Kubernetes knows of the pod. */
export function ofField(name: string, fieldPath: string): Variable {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}
