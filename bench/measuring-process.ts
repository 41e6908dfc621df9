import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Measures in a process of its own, as a network namespace is entered by being started in it. Its exit code becomes that of this one; a signal that
 * this one gets is passed on, and ends both.
 * @param before a command that starts another one in the namespace, with its arguments
 * @param script the path of what measures; it gets the order as JSON
 */
export async function measureApart(before: readonly string[], script: string, order: unknown): Promise<void> {
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', script, JSON.stringify(order)];
  const [command = '', ...args] = [...before, ...node];
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  let interrupted = false;
  const pass = (signal: NodeJS.Signals) => {
    interrupted = true;
    child.kill(signal);
  };
  process.on('SIGINT', pass).on('SIGTERM', pass);
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  process.off('SIGINT', pass).off('SIGTERM', pass);
  // no further bench is begun then
  if (interrupted) process.exit(code ?? 1);
  if (code !== 0) process.exitCode = 1;
  if (signal !== null) console.error(`sidekick bench: the process that measures was ended by ${signal}`);
}
