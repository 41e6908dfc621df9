import type { IncomingMessage } from 'node:http';
import { demand, demandMembers } from './demand.ts';
import type { Protocol, ReceivedBatch, ReceivedRecord } from './receiver.ts';

/** Why a document is not taken. */
export interface Refusal {
  readonly status: number;
  readonly type: string;
  readonly reason: string;
}

/**
 * The bulk API of Elasticsearch and OpenSearch, strictly: pairs of lines, a last line end, documents with a time and no member twice. Documents are only created: one
 * whose id is there already is answered with 409.
 * @see https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk
 */
export class Bulk implements Protocol {
  readonly prefix = 'elasticsearch+';
  readonly path: string;
  /** Says of a document why it is not taken. */
  refuse: (record: ReceivedRecord) => Refusal | undefined = () => undefined;
  /** How many documents were sent that were there already. */
  conflicts = 0;
  readonly #base: string;
  readonly #ids = new WeakMap<ReceivedRecord, string>();
  readonly #there = new Set<string>();

  /** @param path of the cluster, such as `/prefix/`. */
  constructor(path = '/') {
    this.path = path;
    this.#base = path.replace(/\/$/, '');
  }

  read({ url = '', headers }: IncomingMessage, body: Buffer): ReceivedBatch {
    const { pathname, searchParams } = new URL(url, 'http://localhost');
    demand(pathname === `${this.#base}/logs/_bulk`, `a bulk request to ${pathname}`);
    demand(
      searchParams.get('filter_path') === 'errors,items.*.status,items.*.error.type,items.*.error.reason',
      `the query ${searchParams}`,
    );
    demand(headers['content-type'] === 'application/x-ndjson', `a bulk request of the type ${headers['content-type']}`);
    const lines = new TextDecoder('utf-8', { fatal: true }).decode(body).split('\n');
    demand(lines.pop() === '' && lines.length > 0 && lines.length % 2 === 0, `${lines.length} lines of a bulk request`);
    const actions = lines.filter((_, index) => index % 2 === 0);
    return { id: '', headers, records: actions.map((action, index) => this.#recordOf(action, lines[2 * index + 1] as string)) };
  }

  take({ records }: ReceivedBatch): ReturnType<Protocol['take']> {
    const kept: ReceivedRecord[] = [];
    const items = records.map((record) => {
      const id = this.#ids.get(record) as string;
      const refusal = this.#there.has(id) ? conflict : this.refuse(record);
      if (refusal !== undefined) {
        if (refusal === conflict) this.conflicts += 1;
        const { status, ...error } = refusal;
        return { create: { status, error } };
      }
      this.#there.add(id);
      kept.push(record);
      return { create: { status: 201 } };
    });
    return { status: 200, body: JSON.stringify({ errors: kept.length < records.length, items }), kept };
  }

  #recordOf(action: string, line: string): ReceivedRecord {
    const parsed: { create: { _id: unknown } } = JSON.parse(action);
    demandMembers(parsed, 'create');
    demandMembers(parsed.create, '_id');
    const { _id: id } = parsed.create;
    demand(typeof id === 'string' && id.length > 0 && Buffer.byteLength(id) <= 512, `the id ${id}`);
    const { '@timestamp': time, ...record } = JSON.parse(line);
    demand(typeof time === 'string' && !Number.isNaN(Date.parse(time)), `the time ${time}`);
    demand(membersOf(line) === Object.keys(record).length + 1, `a member twice: ${line}`);
    const received = { time, ...record };
    this.#ids.set(received, id);
    return received;
  }
}

const conflict: Refusal = { status: 409, type: 'version_conflict_engine_exception', reason: 'document already exists' };

/** How many members the outermost object of a JSON text has, those with the same name each for itself. */
function membersOf(text: string): number {
  const plain = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');
  let depth = 0;
  let count = 0;
  for (const char of plain) {
    if (char === '{' || char === '[') depth += 1;
    if (char === '}' || char === ']') depth -= 1;
    if (char === ':' && depth === 1) count += 1;
  }
  return count;
}
