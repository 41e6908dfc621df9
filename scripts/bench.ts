// npm run bench [-- NAME…] [--OPTION…]: measures the sidecars beside their peers, on this machine, in one run.
//   NAME       a folder below bench/; without one, all of them
//   --help     what there is, and its options
import { existsSync, readdirSync } from 'node:fs';
import { exitCode } from '#shared/exit.ts';
import type { Bench } from '../bench/bench.ts';
import { demandPinnedNode, root } from './pinned.ts';

demandPinnedNode();
const words = process.argv.slice(2);
const known = readdirSync(`${root}bench`).filter((name) => existsSync(`${root}bench/${name}/bench.ts`));
const names = words.filter((word) => !word.startsWith('-'));
const options = words.filter((word) => word.startsWith('-'));
const unknown = names.filter((name) => !known.includes(name));

if (unknown.length > 0) refuse(`there is no bench ${unknown.join(', ')}; there are: ${known.join(', ')}`);
else if (options.includes('--help') || options.includes('-h')) await explain(names.length > 0 ? names : known);
else await measure(names.length > 0 ? names : known);

async function measure(chosen: readonly string[]): Promise<void> {
  for (const name of chosen) {
    const bench = await load(name);
    const problem = await bench.run(options);
    if (problem !== undefined) return refuse(problem);
  }
}

async function explain(chosen: readonly string[]): Promise<void> {
  console.log(
    'npm run bench [-- NAME…] [--OPTION=VALUE…]\n\nRuns the named benches, or all. Its numbers are compared within one run only.',
  );
  for (const name of chosen) {
    const { summary, options: described } = await load(name);
    console.log(`\n${name}: ${summary}\n${described}`);
  }
}

async function load(name: string): Promise<Bench> {
  return (await import(`../bench/${name}/bench.ts`)).bench;
}

function refuse(problem: string): void {
  console.error(`sidekick bench: ${problem} (npm run bench -- --help)`);
  process.exitCode = exitCode.settings;
}
