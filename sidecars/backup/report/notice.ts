import { storedBytesOf } from '../catalog/manifest.ts';
import type { Outcome, RunResult, StoreResult } from '../run/events.ts';
import { amountOfBytes, amountOfTime } from './amounts.ts';
import { contentOf } from './content.ts';

/** Which runs somebody is told of. One that another sidecar made instead is never told of. */
export type NotifyOn = 'failure' | 'success' | 'always';

/** What is told of a run. All that is neither a list nor an object can stand in a template, by its name here. */
export interface Notice {
  readonly outcome: Outcome;
  /** True where a good backup is in every store. */
  readonly ok: boolean;
  /** A few words: `Backup of db1: failed`. */
  readonly title: string;
  /** A sentence or two that say all that matters. */
  readonly message: string;
  /** BACKUP_NAME, or the host where there is none. */
  readonly name: string;
  readonly host: string;
  /** That of the backup; empty, as all that follows of it, where there is none. */
  readonly id: string;
  readonly kind: string;
  readonly started: string;
  readonly finished: string;
  readonly seconds: number;
  /** The same for people: `5 min 3 s`. */
  readonly duration: string;
  readonly files: number;
  /** Of all files, before compression. */
  readonly bytes: number;
  /** Of all of it as it is stored. */
  readonly storedBytes: number;
  /** The same for people: `1.50 GiB`. */
  readonly size: string;
  readonly databases: number;
  /** What the drill of its databases came to: `proven`, `disproved`, `undone`; empty where there was none. */
  readonly drilled: string;
  readonly changed: number;
  readonly unreadable: number;
  readonly warnings: number;
  readonly verified: boolean;
  /** Why it did not go as it should; empty where it did. */
  readonly reason: string;
  readonly stores: readonly StoreResult[];
}

/** Whether somebody wants to be told of a run that ended so. */
export function isWanted(outcome: Outcome, on: NotifyOn): boolean {
  if (outcome === 'skipped') return false;
  return on === 'always' || (outcome === 'saved') === (on === 'success');
}

/** Puts into words and numbers how a run ended. */
export function noticeOf(result: RunResult, { name, host }: { readonly name: string; readonly host: string }): Notice {
  const { outcome, manifest, seconds, stores } = result;
  const named = name === '' ? host : name;
  return {
    outcome,
    ok: outcome === 'saved',
    title: `Backup of ${named}: ${outcome}`,
    message: sentence(result, named, host),
    name: named,
    host,
    id: manifest?.id ?? '',
    kind: manifest?.kind ?? '',
    started: manifest?.started ?? '',
    finished: manifest?.finished ?? '',
    seconds,
    duration: amountOfTime(seconds * 1000),
    files: manifest?.counts.files ?? 0,
    bytes: manifest?.bytes.total ?? 0,
    storedBytes: manifest === null ? 0 : storedBytesOf(manifest),
    size: amountOfBytes(manifest === null ? 0 : storedBytesOf(manifest)),
    databases: manifest?.databases.length ?? 0,
    drilled: manifest?.drilled?.outcome ?? '',
    changed: manifest?.changed.count ?? 0,
    unreadable: manifest?.unreadable.count ?? 0,
    warnings: manifest?.warnings.length ?? 0,
    verified: manifest !== null && manifest.verified !== null,
    reason: result.reason ?? '',
    stores,
  };
}

function sentence({ outcome, reason, manifest, seconds, stores }: RunResult, named: string, host: string): string {
  const where = named === host ? '' : ` on ${host}`;
  const time = amountOfTime(seconds * 1000);
  if (manifest === null)
    return `The backup of ${named}${where} ${outcome === 'skipped' ? 'was skipped' : `failed after ${time}`}${told(reason)}.`;
  const { id, kind, changed, unreadable, verified, drilled } = manifest;
  const kept = stores.filter(({ failure }) => failure === null).map((store) => store.name);
  const flaws = [
    ...(changed.count > 0 ? [`${changed.count} changed while they were read`] : []),
    ...(unreadable.count > 0 ? [`${unreadable.count} could not be read`] : []),
    ...(verified === null ? [] : ['it was read back and is right']),
    ...(drilled?.outcome === 'proven' ? ['its databases were restored for a drill and are as they were'] : []),
  ];
  const saved = `The ${kind} backup ${id} of ${named}${where} took ${time}: ${contentOf(manifest)}${kept.length > 0 ? ` in ${kept.join(', ')}` : ''}`;
  const more = flaws.length > 0 ? `; ${flaws.join(', ')}` : '';
  if (outcome === 'saved') return `${saved}${more}.`;
  return `${saved}${more}. ${verdicts[outcome]}${told(reason)}.`;
}

const verdicts: Partial<Record<Outcome, string>> = {
  partial: 'Not every store has it',
  unproven: 'The drill has not proven it',
  suspicious: 'It is not called good',
  failed: 'It is not called good',
};

function told(reason: string | null): string {
  return reason === null ? '' : `: ${reason.replace(/\.$/, '')}`;
}
