// npm test [-- FILE…]: format, lint, types, then every test below test/ and compose-examples/, or the named files. Two files at a time; what is called
// NAME.alone.test.ts disturbs others, and is run after them.
import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { demandPinnedNode, root } from './pinned.ts';
import { checks, runSteps } from './steps.ts';

demandPinnedNode();
const named = process.argv.slice(2).map((file) => resolve(file));
const files =
  named.length > 0 ? named : globSync('{test,compose-examples}/**/*.test.ts', { cwd: root }).map((file) => root + file);

const failedChecks = named.length > 0 ? [] : runSteps(checks);
console.log(`\n== tests: ${files.length} files`);
const count = {
  passed: checks.length * Number(named.length === 0) - failedChecks.length,
  failed: failedChecks.length,
  skipped: 0,
};
const isAlone = (file: string) => file.endsWith('.alone.test.ts');
for (const [some, concurrency] of [
  [files.filter((file) => !isAlone(file)), 2],
  [files.filter(isAlone), 1],
] as const) {
  // without files it would look for some itself
  if (some.length === 0) continue;
  const events = run({ files: some.toSorted(), concurrency, cwd: root });
  events.on('test:pass', (event) => {
    // a suite that is skipped hides the tests in it
    if (event.skip !== undefined) count.skipped += 1;
    else if (event.details.type !== 'suite') count.passed += 1;
  });
  events.on('test:fail', (event) => {
    if (event.details.type === 'suite') return;
    count.failed += 1;
  });
  for await (const text of events.compose(spec)) process.stdout.write(text);
}

for (const title of failedChecks) console.log(`failed: ${title}`);
const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
console.log(`\n${count.passed} passed, ${count.failed} failed${skipped}`);
if (count.passed === 0) console.error('sidekick: no test ran');
process.exitCode = count.failed === 0 && count.passed > 0 ? 0 : 1;
