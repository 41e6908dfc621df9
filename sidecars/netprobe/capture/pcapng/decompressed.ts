import type { Transform } from 'node:stream';

/** How much may wait to be taken before no more is decompressed, in bytes. */
const most = 4 * 2 ** 20;

/**
 * What comes of a transform, chunk by chunk. Other than `for await` over it, what came before an error is told before the error is thrown: a stream
 * throws away what waits in it when it fails.
 */
export async function* decompressed(
  chunks: AsyncIterable<Uint8Array>,
  transform: Transform,
): AsyncGenerator<Uint8Array, void, undefined> {
  const waiting: Buffer[] = [];
  let size = 0;
  let failure: unknown;
  let wake = () => {};
  const told = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  transform.on('data', (chunk: Buffer) => {
    waiting.push(chunk);
    size += chunk.length;
    if (size > most) transform.pause();
    wake();
  });
  transform.on('error', (error) => {
    failure = error;
  });
  transform.on('close', () => wake());
  const take = function* () {
    for (let chunk = waiting.shift(); chunk !== undefined; chunk = waiting.shift()) {
      size -= chunk.length;
      yield chunk;
    }
    transform.resume();
  };
  /** Tells what comes until something is done. */
  const meanwhile = async function* (begin: (done: () => void) => void) {
    let isDone = false;
    begin(() => {
      isDone = true;
      wake();
    });
    while (!isDone && !transform.destroyed) {
      if (waiting.length === 0) await told();
      yield* take();
    }
  };
  try {
    for await (const chunk of chunks) {
      yield* meanwhile((done) => transform.write(chunk, done));
      if (transform.destroyed) break;
    }
    if (!transform.destroyed) yield* meanwhile((done) => transform.end().once('close', done));
    yield* take();
    if (failure !== undefined) throw failure;
  } finally {
    transform.destroy();
  }
}
