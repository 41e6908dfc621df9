import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { codeOf, Exit, exitCode, isDenied, messageOf } from '#shared/exit.ts';
import { decompressed } from './decompressed.ts';

/** How much is read and decompressed at once, in bytes. */
const chunkSize = 64 * 1024;

/** What compressed files begin with: RFC 1952, and RFC 8878. */
const gzipMagic = Buffer.from([0x1f, 0x8b]);
const zstdMagic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/**
 * The bytes of a file of packets, or of the standard input, as they come; what gzip or zstd compressed is decompressed. What stands before the place
 * where a compressed file is cut comes before the error.
 * @param path `-` is the standard input.
 * @param signal ends it early, without an error.
 * @throws Exit where the file cannot be read or decompressed, which names it and says what to do
 */
export async function* captureFileChunks(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  if (signal.aborted) return;
  const source: Readable = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: chunkSize });
  const stop = () => void source.destroy();
  signal.addEventListener('abort', stop);
  // what goes wrong is told to who reads; where nobody does any more, nobody has to know
  source.on('error', () => {});
  try {
    yield* plainChunks(source);
  } catch (error) {
    if (!signal.aborted) throw unreadable(path === '-' ? 'the standard input' : path, error);
  } finally {
    signal.removeEventListener('abort', stop);
    source.destroy();
  }
}

async function* plainChunks(source: Readable): AsyncGenerator<Uint8Array, void, undefined> {
  const chunks: AsyncIterator<Buffer> = source[Symbol.asyncIterator]();
  let beginning: Buffer = Buffer.alloc(0);
  while (beginning.length < zstdMagic.length) {
    const next = await chunks.next();
    if (next.done === true) break;
    beginning = beginning.length === 0 ? next.value : Buffer.concat([beginning, next.value]);
  }
  const whole = withBeginning(beginning, chunks);
  const beginsWith = (magic: Buffer) => beginning.subarray(0, magic.length).equals(magic);
  if (beginsWith(gzipMagic)) yield* decompressed(whole, createGunzip({ chunkSize }));
  else if (beginsWith(zstdMagic)) yield* decompressed(whole, createZstdDecompress({ chunkSize }));
  else yield* whole;
}

async function* withBeginning(beginning: Buffer, chunks: AsyncIterator<Buffer>): AsyncGenerator<Uint8Array, void, undefined> {
  if (beginning.length > 0) yield beginning;
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
}

/** What the codes of node:zlib mean for the file. */
const cutCodes = ['Z_BUF_ERROR', 'ZSTD_error_srcSize_wrong'];

function unreadable(path: string, error: unknown): Exit {
  const code = codeOf(error);
  if (code === 'ENOENT')
    return new Exit(exitCode.settings, `${path} is not there: name a file of pcapng or pcap, or - for the standard input`);
  if (code === 'EISDIR') return new Exit(exitCode.settings, `${path} is a folder: name a file of pcapng or pcap in it`);
  if (isDenied(error))
    return new Exit(
      exitCode.permission,
      `${path} may not be read (${code}): let user ${process.getuid?.() ?? '?'} read it, or add --user 0`,
    );
  if (code !== undefined && cutCodes.includes(code))
    return new Exit(
      exitCode.failed,
      `${path} ends early: it was cut, or is still being written; all packets before that were read`,
    );
  if (code?.startsWith('Z') === true)
    return new Exit(
      exitCode.failed,
      `${path} cannot be decompressed (${messageOf(error)}): copy it anew; what stands before that was read`,
    );
  return new Exit(exitCode.failed, `${path} cannot be read: ${messageOf(error)}`);
}
