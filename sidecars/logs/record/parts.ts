import type { Parts } from './format.ts';

const lf = 0x0a;
const lineEnd = Buffer.from('\n');

/** Parts of so many lines each, of which the last one is the record. */
export function lines(each: number): Parts {
  return {
    split: (body) => {
      const parts: Uint8Array[] = [];
      for (let from = 0; from < body.length; ) {
        let end = from - 1;
        for (let n = 0; n < each && end < body.length; n += 1) {
          const at = body.indexOf(lf, end + 1);
          end = at < 0 ? body.length : at;
        }
        parts.push(body.subarray(from, end));
        from = end + 1;
      }
      return parts;
    },
    join: (parts) => Buffer.concat(parts.flatMap((part) => [part, lineEnd])),
    record: (part) => part.subarray(part.lastIndexOf(lf) + 1),
  };
}
