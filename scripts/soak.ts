// npm run soak [-- NAME…] [--OPTION…]: what is too long for the tests.
//   NAME       a folder below soak/; without one, all of them
//   --help     what there is, and its options
import { existsSync, readdirSync } from 'node:fs';
import { exitCode } from '#shared/exit.ts';
import type { Soak } from '../soak/soak.ts';
import { demandPinnedNode, root } from './pinned.ts';

demandPinnedNode();
const words = process.argv.slice(2);
const known = readdirSync(`${root}soak`).filter((name) => existsSync(`${root}soak/${name}/soak.ts`));
const names = words.filter((word) => !word.startsWith('-'));
const options = words.filter((word) => word.startsWith('-'));
const unknown = names.filter((name) => !known.includes(name));

if (unknown.length > 0) {
  console.error(`sidekick soak: there is no soak ${unknown.join(', ')}; there are: ${known.join(', ')} (npm run soak -- --help)`);
  process.exitCode = exitCode.settings;
} else {
  for (const name of names.length > 0 ? names : known) await (options.includes('--help') ? explain(name) : run(name));
}

async function run(name: string): Promise<void> {
  console.log(`== ${name}`);
  const problem = await (await load(name)).run(options);
  if (problem === undefined) return;
  console.error(`sidekick soak: ${name}: ${problem}`);
  process.exitCode = exitCode.failed;
}

async function explain(name: string): Promise<void> {
  const { summary, options: described } = await load(name);
  console.log(`${name}: ${summary}\n${described}`);
}

async function load(name: string): Promise<Soak> {
  return (await import(`../soak/${name}/soak.ts`)).soak;
}
