import { Exit, exitCode, messageOf } from '#shared/exit.ts';
import type { Packet } from '../decode/packet.ts';
import type { Frame } from '../frame.ts';

/** Bytes beyond ASCII in what was read as latin1. */
const beyondAscii = /[\x80-\xff]/;

/**
 * Tells whether a regular expression fits the payload of a packet, as ngrep(8) does: what is behind all headers that are understood, as it was captured.
 * Each byte is a character; where there are bytes beyond ASCII, it may also fit what they are in UTF-8.
 * @param pattern as JavaScript has it; `(?i:…)` does not care for capitals.
 * @throws Exit with 64 where it is none
 */
export function payloadMatcher(pattern: string): (frame: Frame, packet: Packet) => boolean {
  const expression = compiled(pattern);
  return ({ bytes }, { payloadStart, payloadEnd }) => {
    if (payloadStart >= payloadEnd) return false;
    const payload = Buffer.from(bytes.buffer, bytes.byteOffset + payloadStart, payloadEnd - payloadStart);
    const text = payload.toString('latin1');
    return expression.test(text) || (beyondAscii.test(text) && expression.test(payload.toString('utf8')));
  };
}

function compiled(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (error) {
    throw new Exit(
      exitCode.settings,
      `--match: ${messageOf(error).replace(/^Invalid regular expression: /, '')}: write what has to stand for itself with \\ before it, such as \\( or \\[`,
    );
  }
}
