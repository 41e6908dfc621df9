/** Where the line of an application lies; one object is used again and again. */
export interface Inner {
  bytes: Uint8Array;
  from: number;
  to: number;
}

/** Longer lines tell no request. */
const longest = 64 * 1024;
/** What is inside of a line of Docker, without its escapes. */
const scratch = Buffer.allocUnsafeSlow(longest);
const docker = Buffer.from('{"log":"');
const [stdout, stderr] = [Buffer.from(' stdout '), Buffer.from(' stderr ')];

/**
 * Takes the line of the application out of one that Docker's json-file or the CRI of Kubernetes wrote; any other is itself.
 * @returns false where it is too long to be looked at.
 * @see https://docs.docker.com/engine/logging/drivers/json-file/ and https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md
 */
export function unwrap(line: Uint8Array, from: number, to: number, into: Inner): boolean {
  if (to - from > longest) return false;
  into.bytes = line;
  into.from = from;
  into.to = to;
  if (holds(line, from, to, docker)) decode(line, from + docker.length, to, into);
  else if (line[from + 4] === 0x2d && line[from + 10] === letterT) into.from = behindPrefix(line, from, to);
  return true;
}

/** The index behind `2026-01-02T03:04:05.123456789Z stdout F `; `from` where there is no such prefix. */
function behindPrefix(line: Uint8Array, from: number, to: number): number {
  const most = Math.min(to, from + 40);
  let at = from + 19;
  while (at < most && line[at] !== space) at += 1;
  if (!holds(line, at, to, stdout) && !holds(line, at, to, stderr)) return from;
  at += stdout.length;
  const [tag, behind] = [line[at], line[at + 1]];
  return at + 1 < to && (tag === letterF || tag === letterP) && behind === space ? at + 2 : from;
}

/** Decodes the string that ends at the first quote: its line end, which is escaped as all control characters are, is left out. */
function decode(line: Uint8Array, from: number, to: number, into: Inner): void {
  let length = 0;
  for (let at = from; at < to; at += 1) {
    let byte = line[at] ?? 0;
    if (byte === quote) break;
    if (byte === backslash) {
      at += 1;
      byte = line[at] ?? 0;
      if (byte === letterU) {
        // beyond ASCII these are < > & and U+2028 alone, as Docker escapes them
        const code = Number.parseInt(String.fromCharCode(...line.subarray(at + 1, Math.min(at + 5, to))), 16);
        byte = code < 0x80 ? code : questionMark;
        at += 4;
      } else if (byte === 0x6e || byte === 0x72) continue;
      else if (byte === 0x74) byte = 0x09;
    }
    scratch[length] = byte;
    length += 1;
  }
  into.bytes = scratch;
  into.from = 0;
  into.to = length;
}

function holds(line: Uint8Array, at: number, to: number, what: Uint8Array): boolean {
  if (at + what.length > to) return false;
  for (let index = 0; index < what.length; index += 1) if (line[at + index] !== what[index]) return false;
  return true;
}

const space = 0x20;
const quote = 0x22;
const questionMark = 0x3f;
const backslash = 0x5c;
const letterF = 0x46;
const letterP = 0x50;
const letterT = 0x54;
const letterU = 0x75;
