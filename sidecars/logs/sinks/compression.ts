import { promisify } from 'node:util';
import type { Destination } from '../destinations/destination.ts';

/** Makes bodies smaller on the way. */
export interface Compression {
  /** Its name in Content-Encoding; undefined where bodies stay as they are. */
  readonly coding: string | undefined;
  readonly compress: (body: Buffer) => Promise<Buffer>;
}

/** Bytes of output at a time: a megabyte of log lines becomes one or two of them. */
const chunkSize = 128 * 1024;

/**
 * The compression that the settings ask for, on the thread pool. Both at their fastest level: of the same lines, gzip's default takes 2.3 times as long for 3 %,
 * and zstd's 1.5 times; zstd with a window of 128 KiB, which is more than a log repeats itself over, and stays in the cache.
 */
export async function compressionOf(kind: Destination['compress']): Promise<Compression> {
  if (kind === 'off') return { coding: undefined, compress: async (body) => body };
  // loaded only by who compresses
  const { gzip, zstdCompress, constants } = await import('node:zlib');
  if (kind === 'gzip') {
    const deflate = promisify<Buffer, Parameters<typeof gzip>[1], Buffer>(gzip);
    return { coding: kind, compress: (body) => deflate(body, { level: 1, chunkSize }) };
  }
  const params = { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_windowLog]: 17 };
  const compress = promisify<Buffer, Parameters<typeof zstdCompress>[1], Buffer>(zstdCompress);
  return { coding: kind, compress: (body) => compress(body, { params, chunkSize }) };
}
