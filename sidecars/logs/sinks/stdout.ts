import { write } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { codeOf, messageOf } from '#shared/exit.ts';
import type { Format } from '../record/envelope.ts';
import { type Sink, SinkError } from './sink.ts';

const writeAsync = promisify(write);
const stdout = 1;
/** How long to wait for a full pipe that does not block, in milliseconds. */
const fullPipePause = 10;

/**
 * `stdout:` — records on standard output. A record is acknowledged when the system has taken it: the pipe to Docker's log driver,
 * a terminal, a file. A reader that stops reading is waited for; one that went away ends the sidecar.
 */
export function stdoutSink(format: Format): Sink {
  const send: Sink['send'] = async ({ body }, signal) => {
    let written = 0;
    while (written < body.length) {
      signal.throwIfAborted();
      try {
        ({ bytesWritten: written } = await add(body, written));
      } catch (error) {
        if (codeOf(error) === 'EAGAIN') await pause(fullPipePause);
        else if (codeOf(error) === 'EPIPE')
          throw new SinkError('stdout was closed by its reader', { hopeless: true, cause: error });
        else throw new SinkError(`stdout cannot be written: ${messageOf(error)}`, { cause: error });
      }
    }
  };
  return { name: 'stdout', format, concurrency: 1, send, check: async () => 'stdout is open', close: async () => {} };
}

async function add(body: Buffer, from: number): Promise<{ bytesWritten: number }> {
  const { bytesWritten } = await writeAsync(stdout, body, from, body.length - from, null);
  return { bytesWritten: from + bytesWritten };
}
