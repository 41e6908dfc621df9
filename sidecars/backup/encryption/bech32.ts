const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const checksumWords = 6;

/** What a key in Bech32 begins with, in small letters, and how many bytes it holds. */
export interface Bech32 {
  readonly prefix: string;
  readonly bytes: number;
}

/**
 * Checks a text in Bech32 (BIP 173, without its limit of 90 characters, as age has it): a letter that is wrong, missing or swapped is noticed.
 * @returns undefined where it is none.
 */
export function checkBech32(text: string): Bech32 | undefined {
  const lower = text.toLowerCase();
  if (lower !== text && text.toUpperCase() !== text) return undefined;
  const separator = lower.lastIndexOf('1');
  const prefix = lower.slice(0, separator);
  const words = [...lower.slice(separator + 1)].map((letter) => alphabet.indexOf(letter));
  if (separator < 1 || words.length < checksumWords || words.includes(-1)) return undefined;
  const codes = [...prefix].map((letter) => letter.charCodeAt(0));
  const spread = [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
  if (checksum([...spread, ...words]) !== 1) return undefined;
  return { prefix, bytes: Math.floor(((words.length - checksumWords) * 5) / 8) };
}

function checksum(words: readonly number[]): number {
  let sum = 1;
  for (const word of words) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ word;
    for (const [bit, value] of generator.entries()) if ((top >> bit) & 1) sum ^= value;
  }
  return sum;
}
