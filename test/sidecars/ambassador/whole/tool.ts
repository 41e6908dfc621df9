import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { until } from '#harness/until.ts';

/** Runs a tool to its end, which has to be a good one. @returns what it said on stdout. */
export async function runTool(t: TestContext, command: string, ...args: readonly (string | number)[]): Promise<string> {
  const { said, ended } = begin(t, command, args);
  const code = await ended;
  assert.equal(code, 0, `${command} ${args.join(' ')} ended with ${code}:\n${said.stdout}${said.stderr}`);
  return said.stdout;
}

/** Starts a server that ends with the test, and waits until it says that it listens. */
export async function startServer(
  t: TestContext,
  listens: string,
  command: string,
  ...args: readonly (string | number)[]
): Promise<void> {
  const { said, ended } = begin(t, command, args);
  let code: number | null | undefined;
  void ended.then((given) => {
    code = given;
  });
  await until(`${command} says "${listens}"`, () => {
    if (code !== undefined) throw new Error(`${command} ended with ${code}:\n${said.stdout}${said.stderr}`);
    return said.stdout.includes(listens);
  });
}

function begin(t: TestContext, command: string, args: readonly (string | number)[]) {
  const child = spawn(command, args.map(String), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
  });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text;
    });
  const ended = once(child, 'close').then(([code]: (number | null)[]) => code);
  atEnd(t, async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { said, ended };
}
