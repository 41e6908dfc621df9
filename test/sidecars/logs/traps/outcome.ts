import { type SidecarProcess, startSidecar } from '#harness/process.ts';
import type { ReceivedRecord } from '#harness/receiver.ts';
import { until } from '#harness/until.ts';
import { type Scene, settle } from '../scene.ts';
import type { Outcome, Setting } from './trap.ts';

/** A trap that was played, up to the last thing that happens in it. */
export interface Played {
  readonly scene: Scene;
  /** The sidecar that is running then, if one is. */
  readonly sidecar: SidecarProcess | undefined;
  /** The message of each record that is to arrive, in any order, as often as it was written. */
  readonly written: readonly string[];
  /** What arrived; the messages of the receiver, overlong ones put together again, where nothing is said. */
  readonly received?: () => readonly string[];
  /** How many records may arrive once more; 0 where nothing is said. */
  readonly mostDuplicates?: number;
  /** What was promised and not kept, up to here, or when everything has arrived. */
  readonly broken?: readonly string[] | (() => readonly string[]);
  readonly told?: string;
}

/** How long records may take to arrive, in milliseconds. It only keeps a run from hanging in which some are lost. */
const patience = 120_000;

/**
 * Waits until everything arrived, and then for what must not arrive; stops the sidecar, has `logs verify` look at what it left,
 * and holds what arrived against what was written.
 */
export async function outcomeOf({ t }: Setting, played: Played): Promise<Outcome> {
  const { scene, sidecar, written, mostDuplicates = 0, told } = played;
  const received = played.received ?? (() => messagesOf(scene.receiver.records));
  await until(
    'every record arrived',
    seldom(() => difference(written, received()).lost.length === 0),
    patience,
  ).catch(() => undefined);
  await settle();
  const broken = [...(typeof played.broken === 'function' ? played.broken() : (played.broken ?? []))];
  if (sidecar !== undefined) {
    const { code, stderr } = await sidecar.stop();
    if (code !== 0) broken.push(`the sidecar ended with ${code}: ${shortened(String(sidecar.log.at(-1)?.msg ?? stderr), 300)}`);
  }
  const { lost, duplicates, unknown } = difference(written, received());
  if (unknown.length > 0) broken.push(`${unknown.length} records that nobody wrote, such as ${shortened(unknown[0])}`);
  if (duplicates > mostDuplicates) broken.push(`${duplicates} duplicates, where at most ${mostDuplicates} may be`);
  const verified = await startSidecar(t, 'logs', scene.env, ['verify']).ended;
  if (verified.code !== 0)
    broken.push(`logs verify ended with ${verified.code}: ${shortened(`${verified.stdout}${verified.stderr}`, 600)}`);
  return { lost, duplicates, broken, told };
}

/** A condition that takes a while to be looked at, and gets a fifth of the time. */
function seldom(holds: () => boolean): () => boolean {
  let next = 0;
  return () => {
    const begun = performance.now();
    if (begun < next) return false;
    const held = holds();
    next = performance.now() + 4 * (performance.now() - begun);
    return held;
  };
}

/** The messages of records, where the pieces of an overlong line are put together in their order. Pieces that are missing leave a gap that shows. */
export function messagesOf(records: readonly ReceivedRecord[]): string[] {
  const messages: string[] = [];
  const pieces = new Map<unknown, ReceivedRecord[]>();
  for (const record of records) {
    if (record.partial_message === true) pieces.getOrInsertComputed(record.partial_id, () => []).push(record);
    else messages.push(record.message);
  }
  for (const line of pieces.values()) {
    const ordered = line.toSorted((a, b) => Number(a.partial_ordinal) - Number(b.partial_ordinal));
    const whole = ordered.every(({ partial_ordinal }, index) => partial_ordinal === index + 1);
    const last = ordered.at(-1)?.partial_last === true;
    messages.push(ordered.map(({ message }) => message).join('') + (whole && last ? '' : ' [pieces are missing]'));
  }
  return messages;
}

/** How what arrived differs from what was written, where both may hold the same more than once. */
export function difference(written: readonly string[], received: readonly string[]) {
  const balance = new Map<string, number>();
  for (const line of received) balance.set(line, (balance.get(line) ?? 0) + 1);
  const lost = written.filter((line) => {
    const left = balance.get(line) ?? 0;
    if (left > 0) balance.set(line, left - 1);
    else balance.set(line, 0);
    return left === 0;
  });
  const known = new Set(written);
  let duplicates = 0;
  const unknown: string[] = [];
  for (const [line, left] of balance) {
    if (left === 0) continue;
    if (known.has(line)) duplicates += left;
    else unknown.push(line);
  }
  return { lost, duplicates, unknown };
}

function shortened(text = '', most = 120): string {
  const line = text.trim().replaceAll(/\s+/g, ' ');
  return line.length > most ? `${line.slice(0, most)}…` : line;
}
