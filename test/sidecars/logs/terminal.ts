import { spawn } from 'node:child_process';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { atEnd } from '#harness/at-end.ts';
import { SidecarProcess } from '#harness/process.ts';

const main = fileURLToPath(new URL('../../../sidecars/logs/main.ts', import.meta.url));

/** Starts the sidecar in a terminal of 100 columns and 30 lines, whose keys are its standard input; script(1) of util-linux gives it one. */
export function inTerminal(t: TestContext, words: string, env: Readonly<Record<string, string>> = {}): SidecarProcess {
  const command = `stty cols 100 rows 30; exec ${process.execPath} ${main} ${words}`;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: { PATH: process.env.PATH, LOGS_ADMIN: 'off', TERM: 'xterm', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const sidecar = new SidecarProcess(child);
  atEnd(t, () => sidecar.stop('SIGKILL'));
  return sidecar;
}
