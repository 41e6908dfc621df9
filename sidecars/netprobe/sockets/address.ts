import { ipText } from '../route/ip-text.ts';

/** Writes an address as people do. @param words in network byte order, as a record has them (`record.ts`) */
export function formatAddress(family: 4 | 6, words: Uint32Array): string {
  return ipText(new Uint8Array(words.buffer, words.byteOffset, family === 4 ? 4 : 16));
}

/** An address and a port: `10.0.0.1:80`, `[fe80::1]:80`. */
export function formatEndpoint(family: 4 | 6, words: Uint32Array, port: number): string {
  const address = formatAddress(family, words);
  return family === 4 ? `${address}:${port}` : `[${address}]:${port}`;
}
