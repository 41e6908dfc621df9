const nothing = new Uint8Array(0);

/** Some bytes that lie in others: `bytes[from, to)`. They are good until the next line is scanned. */
export class Excerpt {
  bytes: Uint8Array = nothing;
  from = 0;
  to = 0;

  get length(): number {
    return this.to - this.from;
  }

  set(bytes: Uint8Array, from: number, to: number): void {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
  }

  clear(): void {
    this.set(nothing, 0, 0);
  }
}

/** One request, as a line of an access log tells it. One object is used for line after line, so that scanning allocates nothing. */
export class Access {
  /** Three digits; 0 as long as none was found. */
  status = 0;
  /** Bytes of the answer, as the server counts them; 0 where it does not tell. */
  size = 0;
  /** How long the answer took; NaN where the line does not tell. */
  seconds = Number.NaN;
  readonly method = new Excerpt();
  /** Without the query. Empty where the request was none of HTTP. */
  readonly path = new Excerpt();
  readonly client = new Excerpt();
  readonly agent = new Excerpt();

  clear(): void {
    this.status = 0;
    this.size = 0;
    this.seconds = Number.NaN;
    this.method.clear();
    this.path.clear();
    this.client.clear();
    this.agent.clear();
  }

  /** Takes the path out of the target of a request: without query and fragment, and without scheme and host where it has them. */
  setTarget(bytes: Uint8Array, from: number, to: number): void {
    let end = from;
    for (; end < to; end += 1) {
      const byte = bytes[end];
      if (byte === questionMark || byte === hash) break;
    }
    this.path.set(bytes, bytes[from] === slash ? from : behindHost(bytes, from, end), end);
  }
}

/** The index of the slash behind `http://host`; `from` where there is no such beginning, or nothing behind it. */
function behindHost(bytes: Uint8Array, from: number, to: number): number {
  let slashes = 0;
  for (let at = from; at < to; at += 1) {
    if (bytes[at] !== slash) continue;
    slashes += 1;
    if (slashes === 1 && bytes[at - 1] !== colon) return from;
    if (slashes === 3) return at;
  }
  return from;
}

const slash = 0x2f;
const questionMark = 0x3f;
const hash = 0x23;
const colon = 0x3a;
