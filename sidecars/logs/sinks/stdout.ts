import { fstatSync, write } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';
import { codeOf, messageOf } from '#shared/exit.ts';
import type { Format } from '../record/format.ts';
import { type Sink, SinkError } from './sink.ts';

const writeAsync = promisify(write);
const stdout = 1;

/**
 * `stdout:` — records on standard output. A record is acknowledged when the system has taken it: the pipe to Docker's log driver,
 * a terminal, a file. A reader that stops reading is waited for; one that went away ends the sidecar.
 */
export function stdoutSink(format: Format): Sink {
  const put = isStream() ? streamWriter() : fileWriter();
  const send: Sink['send'] = async ({ body }, signal) => {
    try {
      await put(body, signal);
      return undefined;
    } catch (error) {
      if (codeOf(error) === 'EPIPE' || codeOf(error) === 'ECONNRESET')
        throw new SinkError('stdout was closed by its reader', { hopeless: true, cause: error });
      throw new SinkError(`stdout cannot be written: ${messageOf(error)}`, { cause: error });
    }
  };
  return { name: 'stdout', format, concurrency: 1, send, check: async () => 'stdout is open', close: async () => {} };
}

type Put = (body: Buffer, signal: AbortSignal) => Promise<void>;

/** Whether stdout is a pipe or a socket, of which a reader may stop reading for ever. */
function isStream(): boolean {
  const stats = fstatSync(stdout);
  return stats.isFIFO() || stats.isSocket();
}

/**
 * Through the event loop: a write that blocks would hold a thread of the pool, and a process waits for its threads when it exits,
 * however long the reader of a full pipe lets it.
 */
function streamWriter(): Put {
  const stream = new Socket({ fd: stdout, readable: false, writable: true });
  // the callback of the write tells the same
  stream.on('error', () => {});
  return (body, signal) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const giveUp = () => reject(new Error('its reader did not read'));
      signal.addEventListener('abort', giveUp);
      stream.write(body, (error) => {
        signal.removeEventListener('abort', giveUp);
        if (error) reject(error);
        else resolve();
      });
    });
}

function fileWriter(): Put {
  return async (body, signal) => {
    for (let written = 0; written < body.length; ) {
      signal.throwIfAborted();
      const { bytesWritten } = await writeAsync(stdout, body, written, body.length - written, null);
      written += bytesWritten;
    }
  };
}
