/*
 * A frame of zstd: a header, blocks, and a checksum of the content (RFC 8878). How long it is stands nowhere, but each block says how
 * long it is itself, so that frames can be told apart without decompressing them.
 */
const magic = 0xfd2fb528;

/** Magic number and descriptor, which say how long the rest of the header is. */
export const frameStartBytes = 5;
export const blockHeaderBytes = 3;
export const checksumBytes = 4;

/** More plain bytes than this no frame of ours has. */
export const mostFrameBytes = 8 << 20;

/** What a block of a frame says of itself. */
export interface BlockHeader {
  /** Bytes that follow. */
  readonly bytes: number;
  readonly last: boolean;
}

/**
 * How long the rest of a frame's header is, behind its first five bytes.
 * @throws Error where it is no frame as they are made here: with its length, with a checksum, without a dictionary.
 */
export function restOfHeader(start: Buffer): number {
  if (start.readUInt32LE(0) !== magic) throw new Error('there is no zstd frame');
  const { sizeFlag, single, checksum, foreign } = descriptor(start);
  if (foreign) throw new Error('the zstd frame needs a dictionary, or a newer zstd');
  if (!checksum) throw new Error('the zstd frame has no checksum');
  if (sizeFlag === 0 && !single) throw new Error('the zstd frame does not say how long it is');
  return (single ? 0 : 1) + (1 << sizeFlag);
}

/** How many plain bytes a frame has. @throws Error where they are more than any frame has here. */
export function contentBytes(header: Buffer): number {
  const { sizeFlag, single } = descriptor(header);
  const at = frameStartBytes + (single ? 0 : 1);
  const read = [
    () => header.readUInt8(at),
    () => header.readUInt16LE(at) + 256,
    () => header.readUInt32LE(at),
    () => Number(header.readBigUInt64LE(at)),
  ][sizeFlag];
  const content = read?.() ?? 0;
  if (content > mostFrameBytes) throw new Error(`the zstd frame has ${content} bytes, of which 8 MiB may be`);
  return content;
}

/** Reads the header of a block. @throws Error where it is none. */
export function readBlockHeader(bytes: Buffer): BlockHeader {
  const header = bytes.readUIntLE(0, blockHeaderBytes);
  const type = (header >> 1) & 3;
  if (type === 3) throw new Error('the zstd frame has a block of an unknown kind');
  // a block that repeats one byte has that byte alone
  return { bytes: type === 1 ? 1 : header >> 3, last: (header & 1) === 1 };
}

function descriptor(start: Buffer) {
  const bits = start.readUInt8(4);
  return {
    sizeFlag: bits >> 6,
    single: (bits & 0x20) !== 0,
    checksum: (bits & 0x04) !== 0,
    foreign: (bits & 0x1b) !== 0,
  };
}
