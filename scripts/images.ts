// npm run images [-- --platform linux/arm64] [-- --update-lock]: builds the images into the local Docker and measures them.
//   --platform     for another platform than this machine's; the images are tagged with its architecture
//   --update-lock  writes the versions of the newest Debian packages to images/*.lock first
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bake, imageNames, lockFiles } from '../images/bake.ts';
import { expenses } from '../images/budget.ts';
import { demandPinnedNode, root } from './pinned.ts';

demandPinnedNode();
const { values: options } = parseArgs({ options: { platform: { type: 'string' }, 'update-lock': { type: 'boolean' } } });
const tag = options.platform?.split('/')[1] ?? 'latest';

demandDocker();
// the progress of a build is for a person who waits; elsewhere only that of a failed one is worth reading
const output = process.stderr.isTTY ? 'inherit' : 'pipe';
if (options['update-lock']) {
  await bake({ targets: ['lock'], variables: { PACKAGES_LOCK: 'off' }, output });
  for (const lock of lockFiles) copyFileSync(`${root}images/out/${lock}`, `${root}images/${lock}`);
}
await bake({ targets: ['lock', ...imageNames], variables: { TAG: tag, PLATFORMS: options.platform ?? '' }, output });
process.exitCode = (await withinBudget()) ? 0 : 1;
reportLock();

/** Ends the process with a remedy where Docker cannot build. */
function demandDocker(): void {
  const engine = spawnSync('docker', ['version', '--format', '{{.Server.Version}}'], { encoding: 'utf8' });
  const buildx = spawnSync('docker', ['buildx', 'version'], { encoding: 'utf8' });
  if (engine.status === 0 && buildx.status === 0) return;
  const why = engine.error ? 'there is no docker command' : (engine.status === 0 ? buildx.stderr : engine.stderr).trim();
  console.error(`sidekick: the images are built by docker buildx, and it does not answer: ${why}`);
  console.error('Install and start Docker with buildx (on a Debian 12 machine of your own: test/rig/docker-up DIR, as root).');
  process.exit(1);
}

/** Prints what each image adds, and tells whether all are within images/budget.json. */
async function withinBudget(): Promise<boolean> {
  console.log();
  let within = true;
  for (const { what, raw, gzipped, allowed } of await expenses(tag)) {
    const verdict = gzipped <= allowed ? 'within' : 'OVER';
    within &&= gzipped <= allowed;
    console.log(
      `${what}: ${kilobytes(raw)} unpacked, ${kilobytes(gzipped)} gzipped, ${verdict} its budget of ${kilobytes(allowed)}`,
    );
  }
  return within;
}

/** Says aloud where the images were not made of the packages in the lock files. */
function reportLock(): void {
  const lines = (folder: string) => lockFiles.flatMap((lock) => readFileSync(`${root}${folder}/${lock}`, 'utf8').split('\n'));
  const locked = new Set(lines('images'));
  const others = new Set(lines('images/out').filter((line) => !locked.has(line)));
  if (others.size === 0) return;
  console.warn(
    `\nNOTICE: the mirror lacks locked versions of Debian packages; these were taken instead: ${[...others].join(', ')}`,
  );
  console.warn(
    'The images are sound, but not the ones that the lock describes. Bring it up to date: npm run images -- --update-lock',
  );
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(0)} kB`;
}
