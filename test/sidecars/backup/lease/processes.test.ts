import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { atEnd } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { SidecarProcess } from '#harness/process.ts';
import { until } from '#harness/until.ts';
import { LockHeldError } from '#shared/lock.ts';
import { acquireLease } from '../../../../sidecars/backup/lease/acquire.ts';
import { Succession } from '../../../../sidecars/backup/lease/succession.ts';
import { leaseTerms } from '../../../../sidecars/backup/lease/terms.ts';
import { folderStore } from './folder-store.ts';

const program = fileURLToPath(new URL('programs/holder.ts', import.meta.url));
const ttl = 2400;

/** A process that holds the lease of a folder. */
async function holding(t: TestContext, more: readonly string[] = []) {
  const folder = temporaryFolder(t);
  const holder = new SidecarProcess(spawn(process.execPath, [program, folder, String(ttl), ...more]));
  atEnd(t, () => holder.stop('SIGKILL'));
  const says = (word: string) => until(`it says ${word}`, () => new RegExp(`^${word} `, 'm').test(holder.stdout));
  await says('held');
  return { folder, holder, says };
}

async function take(t: TestContext, folder: string, isDead = (_holder: string) => false) {
  const lease = await acquireLease(folderStore(folder), leaseTerms({ folder: '', host: 'this one', ttl, isDead }));
  atEnd(t, () => lease.release());
  return lease;
}

/** Waits until nothing says any more that the lease is held. */
function expired(folder: string): Promise<void> {
  const expires = () => Date.parse(JSON.parse(readFileSync(join(folder, 'lease-00000001.json'), 'utf8')).expires);
  return until('it has expired', () => Date.now() > expires() + ttl / 4);
}

test('a holder that stops gives the lease back', async (t) => {
  const { folder, holder } = await holding(t);
  const { code, stderr } = await holder.stop();
  assert.deepEqual([code, stderr], [0, '']);
  await (await take(t, folder)).assertHeld();
});

test('a holder that is killed leaves it to whoever comes after its time', async (t) => {
  const { folder, holder } = await holding(t);
  await holder.stop('SIGKILL');
  await assert.rejects(take(t, folder), { name: 'LeaseHeldError', message: /a run on the other, since/ });
  await expired(folder);
  await (await take(t, folder)).assertHeld();
});

test(
  'a holder that is killed is known to be dead to the next one with its state, and to nobody else',
  needs('linux'),
  async (t) => {
    const state = temporaryFolder(t);
    const { folder, holder } = await holding(t, [state]);
    const record = JSON.parse(readFileSync(join(folder, 'lease-00000001.json'), 'utf8'));
    await assert.rejects(Succession.begin(state), LockHeldError);
    await holder.stop('SIGKILL');
    const stranger = await Succession.begin(temporaryFolder(t));
    assert.equal(stranger.isDead(record.holder), false);
    stranger.end();
    const next = await Succession.begin(state);
    assert.ok(next.isDead(record.holder));
    const lease = await take(t, folder, (dead) => next.isDead(dead));
    await lease.assertHeld();
    // one that is killed before it took over says so of both
    await next.note('second');
    next.end();
    const third = await Succession.begin(state);
    assert.deepEqual([third.isDead(record.holder), third.isDead('second'), third.isDead('third')], [true, true, false]);
    third.end();
  },
);

test('what another start of a kernel noted, and what cannot be read, tells of nobody', needs('linux'), async (t) => {
  const state = temporaryFolder(t);
  const path = join(state, 'run.json');
  for (const text of ['{"boot":"another","holders":["a"]}', '{"boot":', '{"holders":["a"]}', '']) {
    writeFileSync(path, text);
    const succession = await Succession.begin(state);
    assert.equal(succession.isDead('a'), false, text);
    await succession.note('b');
    succession.end();
    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')).holders, ['b'], text);
  }
});

test('a holder that stood still while another one took over finds that it lost it', needs('linux'), async (t) => {
  const { folder, holder, says } = await holding(t);
  holder.child.kill('SIGSTOP');
  await expired(folder);
  const lease = await take(t, folder);
  holder.child.kill('SIGCONT');
  holder.child.kill('SIGUSR2');
  await says('unsure');
  await says('lost');
  assert.match(holder.stdout, /was taken over by this one at/);
  await lease.assertHeld();
  await holder.stop();
  await lease.assertHeld();
});

test('a holder that stood still while nobody came goes on', needs('linux'), async (t) => {
  const { folder, holder, says } = await holding(t);
  holder.child.kill('SIGSTOP');
  await expired(folder);
  holder.child.kill('SIGCONT');
  holder.child.kill('SIGUSR2');
  await says('sure');
  assert.doesNotMatch(holder.stdout, /lost/);
  await assert.rejects(take(t, folder), { name: 'LeaseHeldError' });
});
