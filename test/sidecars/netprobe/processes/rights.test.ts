import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainHidden, explainRefused, type Looker, type Refused } from '../../../../sidecars/netprobe/processes/rights.ts';

const dac = (1n << 1n) | (1n << 2n);
const trace = 1n << 19n;
/** As `docker run --user 65532` starts it, and with `--cap-drop ALL` too. */
const usual: Looker = { groups: [65_532], effective: 0n, bounding: 0xa80425fbn };
const hardened: Looker = { ...usual, bounding: 0n };

function refused(given: Partial<Refused> = {}): Refused {
  return { pid: 7, uid: 101, gid: 102, oneUser: true, permitted: 0n, dumpable: true, ...given };
}

test('the least that is enough is named first: the user of the process', () => {
  assert.equal(explainRefused([], usual), undefined);
  assert.equal(
    explainRefused([refused()], usual),
    'the open files and sockets of process 7 are not told: start this container with --user 101:102, or with --user 0 --cap-add SYS_PTRACE',
  );
  assert.match(explainRefused([refused(), refused({ pid: 8 })], usual) ?? '', /processes 7, 8 .* with --user 101:102, or/);
});

test('without a capability for files root may not even list those of others', () => {
  assert.match(explainRefused([refused()], hardened) ?? '', /or with --user 0 --cap-add SYS_PTRACE --cap-add DAC_READ_SEARCH$/);
});

test('where the own user is not enough, only that is named which is', () => {
  for (const given of [{ uid: 0 }, { dumpable: false }, { oneUser: false }, { permitted: 1n << 10n }])
    assert.match(explainRefused([refused(given)], usual) ?? '', /: start this container with --user 0 --cap-add SYS_PTRACE$/);
  // two users, of whom we can be one alone
  assert.match(
    explainRefused([refused(), refused({ uid: 5 })], usual) ?? '',
    /: start this container with --user 0 --cap-add SYS_PTRACE$/,
  );
});

test('many of them are not listed one by one', () => {
  const many = Array.from({ length: 9 }, (_, index) => refused({ pid: index + 1 }));
  assert.match(explainRefused(many, usual) ?? '', /of processes 1, 2, 3, 4, 5 and 4 more are/);
});

test('who has all capabilities and is refused has a profile to look at', () => {
  assert.match(explainRefused([refused()], { groups: [0], effective: trace | dac, bounding: trace | dac }) ?? '', /AppArmor/);
  assert.match(
    explainRefused([refused()], { groups: [0], effective: trace, bounding: trace }) ?? '',
    /--cap-add DAC_READ_SEARCH/,
  );
});

test('where /proc hides others, the group that sees all is named, and nothing where nothing is hidden', () => {
  const mount = { hidesProcesses: true, exemptGroup: 27, onlyProcesses: false };
  assert.match(
    explainHidden(mount, usual) ?? '',
    /with --group-add 27, as the user of the process, --user UID, or with --user 0 --cap-add SYS_PTRACE$/,
  );
  assert.match(explainHidden({ ...mount, exemptGroup: undefined }, usual) ?? '', /start this container as the user/);
  assert.equal(explainHidden(mount, { ...usual, groups: [5, 27] }), undefined);
  assert.equal(explainHidden(mount, { ...usual, effective: trace }), undefined);
  assert.equal(explainHidden({ ...mount, hidesProcesses: false }, usual), undefined);
});
