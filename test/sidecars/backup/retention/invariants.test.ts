import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, seeded } from '#harness/random.ts';
import type { Candidate } from '../../../../sidecars/backup/retention/good.ts';
import { counted, type Keep } from '../../../../sidecars/backup/retention/keep.ts';
import { plan } from '../../../../sidecars/backup/retention/plan.ts';
import { verified } from './backups.ts';

const now = Date.parse('2026-11-26T12:00:00Z');
const hour = 3_600_000;

test('over random sets: what must stay stays, and what is decided once stays decided', (t) => {
  const random = seeded(t);
  for (let round = 0; round < 500; round += 1) {
    const backups = randomBackups(random);
    const keep = randomKeep(random);
    const timeZone = random.pick(['UTC', 'Europe/Berlin', 'Pacific/Auckland']);
    const { decisions, refusal } = plan(backups, keep, now, timeZone);
    assert.equal(refusal, undefined);
    const told = `round ${round}: ${JSON.stringify(keep)} in ${timeZone}`;
    assert.deepEqual(decisions.map(({ id }) => id).toSorted(), backups.map(({ id }) => id).toSorted(), told);
    assert.ok(
      decisions.every(({ reasons }) => reasons.length > 0 && reasons.every((reason) => reason !== '')),
      told,
    );

    const kept = new Set(decisions.filter((decision) => decision.keep).map(({ id }) => id));
    const staying = backups.filter(({ id }) => kept.has(id));
    if (backups.length > 0) assert.ok(kept.size > 0, `${told}: never all`);
    for (const { id, locked, parent } of staying.concat(backups.filter((backup) => backup.locked))) {
      if (locked) assert.ok(kept.has(id), `${told}: locked`);
      if (parent !== null && backups.some((other) => other.id === parent)) assert.ok(kept.has(parent), `${told}: a base in use`);
    }
    const good = backups.filter((backup) => isGood(backup, backups)).toSorted((a, b) => (a.started < b.started ? 1 : -1));
    const [newest] = good;
    const newestVerified = good.find((backup) => backup.verified !== null);
    if (newest) assert.ok(kept.has(newest.id), `${told}: the newest good one`);
    if (newestVerified) assert.ok(kept.has(newestVerified.id), `${told}: the newest verified one`);
    for (const backup of backups)
      if (!newest || backup.started > newest.started) assert.ok(kept.has(backup.id), `${told}: newer`);
    assert.ok(
      good.slice(0, keep.last).every(({ id }) => kept.has(id)),
      `${told}: the last`,
    );

    // of what a plan leaves, the next one at the same moment removes nothing
    const again = plan(staying, keep, now, timeZone).decisions.filter((decision) => !decision.keep);
    assert.deepEqual(again, [], `${told}: again`);

    // the order of the decisions is one in which nothing ever misses its base
    const left = new Set(backups.map(({ id }) => id));
    for (const { id } of decisions.filter((decision) => !decision.keep)) {
      left.delete(id);
      assert.ok(
        backups.every((backup) => !left.has(backup.id) || backup.parent !== id),
        `${told}: the order`,
      );
    }
  }
});

test('a year of daily pruning leaves what one pruning at its end would have left, at least', (t) => {
  const random = seeded(t);
  const keep = { last: 2, hourly: 0, daily: 5, weekly: 3, monthly: 4, yearly: 2, within: 0 };
  const all: Candidate[] = [];
  let present: Candidate[] = [];
  for (let time = now - 400 * 24 * hour; time <= now; time += (12 + random.below(24)) * hour) {
    const backup = one(time, {});
    all.push(backup);
    const { decisions } = plan([...present, backup], keep, time, 'Europe/Berlin');
    const kept = new Set(decisions.filter((decision) => decision.keep).map(({ id }) => id));
    present = [...present, backup].filter(({ id }) => kept.has(id));
  }
  const wanted = plan(all, keep, now, 'Europe/Berlin').decisions.filter((decision) => decision.keep);
  const left = new Set(present.map(({ id }) => id));
  const missing = wanted.filter(({ id, reasons }) => !left.has(id) && !reasons.every((reason) => reason.endsWith('the oldest')));
  assert.deepEqual(missing, []);
  assert.ok(present.length <= 2 + 5 + 3 + 4 + 2, `${present.length}`);
});

function isGood(backup: Candidate, all: readonly Candidate[]): boolean {
  if (backup.suspicious || backup.damaged) return false;
  if (backup.kind === 'full') return true;
  const parent = all.find(({ id }) => id === backup.parent);
  return parent !== undefined && !parent.damaged;
}

function randomBackups(random: Random): Candidate[] {
  const backups: Candidate[] = [];
  let full: Candidate | undefined;
  let time = now - random.below(24) * hour - 1500 * 24 * hour * random.next() ** 3;
  const flaw = random.pick([0, 0.1, 0.5, 1]);
  for (let left = random.below(60); left > 0 && time < now; left -= 1) {
    const backup: Candidate = one(time, {
      ...(full !== undefined &&
        random.below(3) > 0 && { kind: 'differential', parent: random.below(20) === 0 ? 'gone' : full.id }),
      suspicious: random.next() < flaw / 2 ? 'small' : null,
      damaged: random.next() < flaw / 2 ? 'bad' : null,
      locked: random.below(15) === 0,
      verified: random.below(3) === 0 ? verified : null,
    });
    if (backup.kind === 'full') full = backup;
    backups.push(backup);
    time += 1000 + random.pick([1, 12, 24, 24, 24, 24 * 7]) * hour * random.next();
  }
  return random.below(2) === 0 ? backups : backups.toReversed();
}

function one(time: number, different: Partial<Candidate>): Candidate {
  const started = new Date(time).toISOString();
  return {
    id: started,
    kind: 'full',
    parent: null,
    started,
    suspicious: null,
    verified: null,
    damaged: null,
    drilled: null,
    ...different,
  };
}

function randomKeep(random: Random): Keep {
  const rules = counted.map((rule) => [rule, random.below(2) * random.below(8)] as const);
  const keep = { ...(Object.fromEntries(rules) as Omit<Keep, 'within'>), within: random.below(2) * random.below(60) * 24 * hour };
  return Object.values(keep).some((value) => value > 0) ? keep : { ...keep, last: 1 };
}
