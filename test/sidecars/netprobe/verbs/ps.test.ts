import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { needs } from '#harness/needs.ts';
import { type Answer, askProcesses } from '../processes/scene.ts';

const root = needs('linux', 'root');
const main = fileURLToPath(new URL('../../../../sidecars/netprobe/main.ts', import.meta.url));
type Shown = Record<string, unknown>;

const rows = ({ stdout }: Answer): Shown[] => JSON.parse(stdout);
const row = (answer: Answer, pid: number) => rows(answer).find((each) => each.pid === pid);

test(
  'everybody is told memory, threads and open files; sockets only those who may look, and the others which flag gives them',
  root,
  (t) => {
    const { answers, pids, oracle } = askProcesses(t, '', [
      ['hardened', 'ps --json'],
      ['tracingAll', 'ps --json'],
      ['tracingAll', 'ps'],
      ['same', 'ps --json HOLDER'],
      ['same', 'ps --json'],
      ['tracing', 'ps --json HOLDER'],
      ['root', 'ps 1 4194000'],
    ]);
    const [hardened, all, text, one, same, tracing, gone] = answers as [Answer, Answer, Answer, Answer, Answer, Answer, Answer];

    const told = row(hardened, pids.holder);
    assert.equal(told?.uid, 1000);
    assert.equal(told?.name, 'a) b (c');
    assert.equal(told?.openFilesLimit, 333);
    assert.ok(Number(told?.residentBytes) > 20e6 && Number(told?.threads) >= 4 && Number(told?.ageSeconds) < 300);
    assert.deepEqual([told?.tcpConnections, told?.tcpListeners], [null, null]);
    assert.deepEqual(
      rows(hardened)
        .map(({ pid }) => pid)
        .slice(0, 4),
      [1, pids.holder, pids.changed, pids.sleep],
    );
    assert.match(
      hardened.stderr,
      /are not told: start this container with --user 0 --cap-add SYS_PTRACE --cap-add DAC_READ_SEARCH"/,
    );

    // what ss tells of the same process
    const of = (state: string) =>
      oracle.split('\n').filter((line) => line.startsWith(state) && line.includes(`pid=${pids.holder},`)).length;
    assert.deepEqual([row(all, pids.holder)?.tcpConnections, row(all, pids.holder)?.tcpListeners], [of('ESTAB'), of('LISTEN')]);
    assert.deepEqual([of('ESTAB'), of('LISTEN')], [6, 2]);
    assert.equal(row(all, pids.holder)?.openFiles, told?.openFiles ?? row(all, pids.holder)?.openFiles);
    assert.equal(row(all, pids.changed)?.tcpListeners, 0);
    assert.equal(all.stderr, '');

    // the flags that are named are those that help
    assert.equal(row(one, pids.holder)?.tcpListeners, 2);
    assert.equal(one.stderr, '');
    // it is of the same user, but was root before
    assert.match(
      same.stderr,
      new RegExp(`process(es)? 1, ${pids.changed}, ${pids.sleep} are not told: start this container with --user 0`),
    );
    assert.equal(row(tracing, pids.holder)?.tcpListeners, null);
    assert.match(tracing.stderr, /with --user 1000:1000, or with --user 0 --cap-add SYS_PTRACE --cap-add DAC_READ_SEARCH/);

    assert.equal(gone.code, 1);
    assert.match(gone.stderr, /there is no process 4194000/);

    const line = text.stdout
      .split('\n')
      .find((each) => each.startsWith(String(pids.holder).padStart(3)) || each.trimStart().startsWith(`${pids.holder} `));
    assert.match(
      line ?? '',
      new RegExp(`^ *${pids.holder} +1000 +\\w+ +\\d+ +\\d+\\.\\dM +\\d+/333 +6 +2 +\\d+s +\\S*node .*holder\\.ts`),
    );
    assert.ok(text.stdout.includes('evil?[31m 1000') && !text.stdout.includes('\u001b'));
  },
);

test('hidepid hides the processes of others, which is told with what helps', root, (t) => {
  const { answers, pids } = askProcesses(t, 'hidepid=2', [
    ['hardened', 'ps'],
    ['same', 'ps --json'],
    ['grouped', 'ps --json'],
    ['tracingAll', 'ps --json'],
  ]);
  const [hardened, same, grouped, all] = answers as [Answer, Answer, Answer, Answer];
  assert.equal(hardened.code, 77);
  assert.equal(hardened.stdout, '');
  assert.match(
    hardened.stderr,
    /mounted with hidepid, .* with --group-add 0, as the user of the process, --user UID, or with --user 0 --cap-add SYS_PTRACE/,
  );
  assert.equal(row(same, pids.holder)?.tcpListeners, 2);
  assert.equal(row(same, pids.sleep), undefined);
  assert.match(same.stderr, /mounted with hidepid/);
  // the group that is named sees them, and what it may not look into is told
  assert.equal(row(grouped, pids.holder)?.tcpListeners, null);
  assert.match(grouped.stderr, /are not told/);
  assert.doesNotMatch(grouped.stderr, /hidepid/);
  assert.ok(row(all, pids.holder) && row(all, pids.sleep) && row(all, pids.changed));
  assert.equal(all.stderr, '');
});

test('where hidepid shows the numbers alone, what it keeps is told too', root, (t) => {
  const { answers, pids } = askProcesses(t, 'hidepid=1', [['same', 'ps --json']]);
  const [same] = answers as [Answer];
  assert.ok(row(same, pids.holder));
  assert.equal(row(same, pids.sleep), undefined);
  assert.match(same.stderr, /mounted with hidepid/);
});

test('a /proc that has nothing but processes is enough', root, (t) => {
  const { answers, pids, port } = askProcesses(t, 'subset=pid', [
    ['tracingAll', 'ps --json HOLDER'],
    ['tracingAll', 'files --json HOLDER'],
  ]);
  const [ps, files] = answers as [Answer, Answer];
  assert.equal(ps.stderr, '');
  const holder = row(ps, pids.holder);
  assert.deepEqual([holder?.tcpConnections, holder?.tcpListeners], [6, 2]);
  assert.ok(Number(holder?.ageSeconds) >= 0 && Number(holder?.ageSeconds) < 300);
  assert.ok(rows(files).some(({ local, state }) => local === `127.0.0.1:${port}` && state === 'LISTEN'));
});

test('where no pid namespace is shared, the flag is named', root, () => {
  const args = ['--pid', '--mount', '--fork', '--kill-child', '--mount-proc', process.execPath, main, 'ps'];
  const { status, stdout, stderr } = spawnSync('unshare', args, { encoding: 'utf8', env: { PATH: process.env.PATH } });
  assert.equal(status, 77);
  assert.equal(stdout, '');
  assert.match(stderr, /start this container with --pid container:NAME/);
});

test('of a process in another network namespace all is told but its sockets, and which flag gives them', root, () => {
  const ours = String(process.pid);
  const ask = (...words: string[]) =>
    spawnSync('unshare', ['--net', process.execPath, main, ...words], { encoding: 'utf8', env: { PATH: process.env.PATH } });
  const { status, stdout, stderr } = ask('ps', '--json', ours);
  assert.equal(status, 0);
  const [shown] = JSON.parse(stdout);
  assert.deepEqual([shown.pid, shown.tcpConnections], [process.pid, null]);
  assert.match(stderr, new RegExp(`process ${ours} is in another network namespace, .* with --net container:NAME as well`));
});
