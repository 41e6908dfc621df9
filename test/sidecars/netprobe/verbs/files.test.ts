import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { type Answer, askProcesses } from '../processes/scene.ts';

const root = needs('linux', 'root');

test('the open files of a process, sockets with both their ends, and who may not look is told what gives them', root, (t) => {
  const { answers, pids, port, oracle } = askProcesses(t, '', [
    ['tracingAll', 'files --json HOLDER'],
    ['same', 'files HOLDER'],
    ['hardened', 'files HOLDER'],
    ['tracingAll', 'files 4194000'],
  ]);
  const [json, text, refused, gone] = answers as [Answer, Answer, Answer, Answer];
  const files: Record<string, unknown>[] = JSON.parse(json.stdout);

  // ss(8) tells the same sockets by the same descriptors: STATE RECV-Q SEND-Q LOCAL PEER users:(("a) b (c",pid=7,fd=21))
  const theirs = oracle
    .split('\n')
    .filter((line) => line.includes(`pid=${pids.holder},`))
    .map((line) => {
      const [state, , , local, peer] = line.split(/\s+/);
      return `${/fd=(\d+)/.exec(line)?.[1]} ${state} ${local} ${peer?.endsWith(':*') ? '' : peer}`;
    });
  const ours = files
    .filter(({ protocol }) => protocol === 'tcp')
    .map(({ fd, state, local, peer }) => `${fd} ${state} ${local} ${peer}`);
  assert.equal(ours.length, 8);
  assert.deepEqual(ours.sort(), theirs.sort());

  const unix = files.find(({ protocol, state }) => protocol === 'unix' && state === 'LISTEN');
  assert.match(String(unix?.local), /\/holder\.sock$/);
  const gonefile = files.find(({ kind }) => kind === 'deleted');
  assert.match(String(gonefile?.target), /\/gone \(deleted\)$/);
  assert.equal(gonefile?.access, 'w');
  assert.ok(files.some(({ target, kind }) => target === 'anon_inode:[eventpoll]' && kind === 'kernel'));

  assert.match(text.stdout, /^ *FD +KIND +ACCESS +STATE +TARGET$/m);
  assert.match(text.stdout, new RegExp(`^ *\\d+ +tcp +rw +LISTEN +127\\.0\\.0\\.1:${port}$`, 'm'));
  assert.equal(text.stdout.match(new RegExp(`ESTAB +127\\.0\\.0\\.1:${port} -> 127\\.0\\.0\\.1:\\d+$`, 'gm'))?.length, 3);

  assert.equal(refused.code, 77);
  assert.equal(refused.stdout, '');
  assert.match(
    refused.stderr,
    new RegExp(`of process ${pids.holder} are not told: start this container with --user 1000:1000, or`),
  );
  assert.equal(gone.code, 1);
  assert.match(gone.stderr, /there is no process 4194000 that can be seen/);
});
