import type { Pack } from './capture-file.ts';

/** As they are. */
export const asTheyAre: Pack = (blocks) => blocks;

/**
 * A zstd frame of its own for each piece (RFC 8878), with a checksum: a file that a killed process left can be read up to its last whole frame.
 * Level 1: whoever captures has no time for more, and higher ones gain some percent.
 */
export function zstdPack(): Pack {
  // only who compresses pays for loading it
  const { zstdCompressSync, constants } = process.getBuiltinModule('node:zlib');
  const params = { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 };
  return (blocks) => zstdCompressSync(blocks, { params, pledgedSrcSize: blocks.length });
}
