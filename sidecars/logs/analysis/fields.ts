import type { Unit } from './seconds.ts';

/** What a member of a JSON object tells of a request. */
export type Field =
  | { readonly tells: 'status' | 'method' | 'target' | 'size' | 'client' | 'agent' | 'headers' }
  | { readonly tells: 'time'; readonly unit: Unit };

/**
 * The names that servers, frameworks and conventions give to the fields of an access log, without capitals, `_` and `-`, and of names with points what
 * stands behind the last: `http.response.status_code` is `statuscode`. Among them are those of nginx, Caddy, Traefik, pino-http, morgan, echo, gin, ECS,
 * OpenTelemetry and Google's `httpRequest`.
 */
const names: Readonly<Record<Field['tells'], readonly string[]>> = {
  status: ['status', 'statuscode', 'code', 'httpstatus', 'httpstatuscode', 'responsestatus', 'responsecode', 'downstreamstatus'],
  method: ['method', 'requestmethod', 'httpmethod', 'verb'],
  target: ['path', 'uri', 'url', 'request', 'requesturi', 'requesturl', 'requestpath', 'urlpath', 'httppath', 'originalurl'],
  size: [
    'bytes',
    'size',
    'bytessent',
    'bodybytessent',
    'bytesout',
    'responsesize',
    'responsebytes',
    'contentlength',
    'downstreamcontentsize',
  ],
  client: ['client', 'clientip', 'clientaddress', 'clienthost', 'remoteaddr', 'remoteaddress', 'remoteip', 'remotehost', 'ip'],
  agent: ['useragent', 'httpuseragent', 'requestuseragent', 'agent'],
  // what a request or an answer brought along is no measure of it
  headers: ['headers', 'requestheaders', 'responseheaders', 'respheaders'],
  time: ['duration', 'latency', 'elapsed', 'took', 'timetaken', 'requesttime', 'responsetime', 'processingtime'],
};

/** What may stand behind the name of a time. */
const units: Readonly<Record<string, number>> = {
  ms: 1e3,
  milliseconds: 1e3,
  us: 1e6,
  microseconds: 1e6,
  ns: 1e9,
  nanoseconds: 1e9,
  s: 1,
  sec: 1,
  seconds: 1,
};

/** The beginning of FNV-1a with 32 bits. */
const start = 0x811c9dc5 | 0;
/** Several for each name, so that a name that is none is mostly told by the first look. */
const slots = 1024;
const hashes = new Int32Array(slots);
const fields: (Field | undefined)[] = new Array(slots);

for (const tells of ['status', 'method', 'target', 'size', 'client', 'agent', 'headers'] as const)
  for (const name of names[tells]) put(name, { tells });
for (const name of names.time) {
  put(name, { tells: 'time', unit: 'guess' });
  for (const [unit, value] of Object.entries(units)) put(`${name}${unit}`, { tells: 'time', unit: value });
}

function put(name: string, field: Field): void {
  const hash = hashOfName(Buffer.from(name), 0, name.length);
  let slot = hash & (slots - 1);
  while (fields[slot] !== undefined) slot = (slot + 1) & (slots - 1);
  hashes[slot] = hash;
  fields[slot] = field;
}

/** What the member with the name `bytes[from, to)` tells; undefined where that is nothing of a request. */
export function fieldOf(bytes: Uint8Array, from: number, to: number): Field | undefined {
  const hash = hashOfName(bytes, from, to);
  for (let slot = hash & (slots - 1); ; slot = (slot + 1) & (slots - 1)) {
    const field = fields[slot];
    if (field === undefined || hashes[slot] === hash) return field;
  }
}

/** FNV-1a, of a name as it is compared. http://www.isthe.com/chongo/tech/comp/fnv/ */
function hashOfName(bytes: Uint8Array, from: number, to: number): number {
  let hash = start;
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x5f || byte === 0x2d) continue;
    if (byte === 0x2e) hash = start;
    else hash = Math.imul(hash ^ (byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte), 0x01000193);
  }
  return hash;
}
