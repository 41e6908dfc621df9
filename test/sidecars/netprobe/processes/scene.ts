import { spawnSync } from 'node:child_process';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '#harness/folder.ts';

const main = fileURLToPath(new URL('../../../../sidecars/netprobe/main.ts', import.meta.url));
const holder = fileURLToPath(new URL('./programs/holder.ts', import.meta.url));

/** Users that look, as `docker run` would start them: `--user 65532 --cap-drop ALL`, and so on. */
export const who = {
  hardened: '--reuid 65532 --regid 65532 --clear-groups --bounding-set=-all --inh-caps=-all',
  grouped: '--reuid 65532 --regid 65532 --groups 0 --bounding-set=-all --inh-caps=-all',
  same: '--reuid 1000 --regid 1000 --clear-groups --bounding-set=-all --inh-caps=-all',
  root: '--bounding-set=-all --inh-caps=-all',
  tracing: '--bounding-set=-all,+sys_ptrace --inh-caps=-all',
  tracingAll: '--bounding-set=-all,+sys_ptrace,+dac_read_search --inh-caps=-all',
} as const;

/** What one question was answered with. */
export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A pid namespace whose first process is a shell, with a process of user 1000 that has sockets and files, one of user 1000 that was root
 * before, and a `sleep` of root. Questions are asked in it, one after the other.
 * @param mount how /proc is mounted in it: `hidepid=2`
 * @param asked by whom, and the words of the network probe, in which HOLDER stands for the number of the first of them
 */
export function askProcesses(
  t: TestContext,
  mount: string,
  asked: readonly (readonly [keyof typeof who, string])[],
): {
  readonly answers: Answer[];
  readonly pids: Record<'holder' | 'changed' | 'sleep', number>;
  readonly port: number;
  readonly oracle: string;
} {
  const folder = temporaryFolder(t);
  const script = [
    'set -e',
    `mount -t proc ${mount === '' ? '' : `-o ${mount}`} proc /proc`,
    'chmod 777 "$FOLDER"',
    'ulimit -n 333',
    `setpriv ${who.same} "$NODE" "$HOLDER" "$FOLDER" & holder=$!`,
    // whoever changes the user without a new program may not be looked into by it
    '"$NODE" -e "process.setgid(1000); process.setuid(1000); require(\'fs\').writeFileSync(process.argv[1] + \'/changed\', \'\'); setInterval(() => {}, 1e6)" "$FOLDER" & changed=$!',
    'bash -c \'exec -a "$(printf "evil\\033[31m")" sleep 1000\' & sleep=$!',
    'until [ -s "$FOLDER/ready" ] && [ -e "$FOLDER/changed" ]; do sleep 0.1; done',
    'echo "$holder $changed $sleep" >"$FOLDER/pids"',
    'ss -tanp >"$FOLDER/oracle" || true',
    ...asked.map(
      ([by, words], index) =>
        `setpriv ${who[by]} "$NODE" "$MAIN" ${words.replace('HOLDER', '$holder')} >"$FOLDER/${index}.out" 2>"$FOLDER/${index}.err" && echo 0 >"$FOLDER/${index}.code" || echo $? >"$FOLDER/${index}.code"`,
    ),
  ].join('\n');
  const args = ['--pid', '--mount', '--fork', '--kill-child', 'bash', '-c', script];
  const env = {
    PATH: process.env.PATH,
    NODE: process.execPath,
    MAIN: main,
    HOLDER: holder,
    FOLDER: folder,
    NODE_NO_WARNINGS: '1',
  };
  const { status, stderr } = spawnSync('unshare', args, { encoding: 'utf8', env });
  if (status !== 0) throw new Error(`the scene ended with ${status}: ${stderr}`);
  const read = (name: string) => spawnSync('cat', [`${folder}/${name}`], { encoding: 'utf8' }).stdout;
  const [holderPid = 0, changed = 0, sleep = 0] = read('pids').split(' ').map(Number);
  return {
    answers: asked.map((_, index) => ({
      code: Number(read(`${index}.code`)),
      stdout: read(`${index}.out`),
      stderr: read(`${index}.err`),
    })),
    pids: { holder: holderPid, changed, sleep },
    port: Number(read('ready').split(' ')[1]),
    oracle: read('oracle'),
  };
}
