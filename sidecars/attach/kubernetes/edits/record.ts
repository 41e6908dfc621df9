import { isEntries } from '../manifest/pod.ts';
import type { Path } from '../manifest/workload.ts';

/** The key by which an item of a list is named. */
const keyOfList: Readonly<Record<string, string>> = {
  initContainers: 'name',
  containers: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
  hostAliases: 'ip',
  sysctls: 'name',
};

/**
 * What attach has added to the spec of a pod, as it is written into an annotation:
 * a line for each, `volumes[logs-state]`, and behind them a line for each list and map that was not there before, `new volumes`.
 */
export class Attachments {
  readonly #added: string[] = [];
  readonly #made: string[] = [];

  /** Reads what {@link toString} writes. */
  static read(text: string): Attachments {
    const record = new Attachments();
    for (const line of text.split('\n').map((each) => each.trim()))
      if (line.startsWith('new ')) record.#made.push(line.slice(4));
      else if (line !== '') record.#added.push(line);
    return record;
  }

  /** Remembers an entry that was added. */
  add(address: string): void {
    this.#added.push(address);
  }

  /** Remembers a list or a map that was made for entries. */
  make(address: string): void {
    if (!this.#made.includes(address)) this.#made.push(address);
  }

  toString(): string {
    return [...this.#added, ...this.#made.map((address) => `new ${address}`)].map((line) => `${line}\n`).join('');
  }

  /** What leads to everything that was added and is still there, in the order in which it has to be taken out. */
  pathsIn(spec: unknown): Path[] {
    const gone = this.#added.flatMap((address) => find(spec, address) ?? []).toSorted(backwards);
    // what a person has put into a list or a map since stays, and so does what it is in
    for (const path of this.#made.flatMap((address) => find(spec, address) ?? []).toSorted(backwards))
      if (sizeAt(spec, path) === gone.filter((other) => isChild(other, path)).length) gone.push(path);
    return gone;
  }
}

/** How an item is written: `containers[app]`. */
export function itemOf(list: string, name: string): string {
  return `${list}[${name}]`;
}

interface Found {
  readonly value: unknown;
  readonly path: Path;
}

function find(spec: unknown, address: string): [Path] | undefined {
  let found: Found | undefined = { value: spec, path: [] };
  for (const [, key = '', name] of address.matchAll(/([^.[\]]+)(?:\[([^\]]*)\])?/g)) {
    found = found && entry(found, key);
    if (name !== undefined) found = found && item(found, keyOfList[key] ?? 'name', name);
  }
  return found && [found.path];
}

function entry({ value, path }: Found, key: string): Found | undefined {
  return isEntries(value) && Object.hasOwn(value, key) ? { value: value[key], path: [...path, key] } : undefined;
}

function item({ value, path }: Found, key: string, name: string): Found | undefined {
  const index = Array.isArray(value) ? value.findIndex((candidate) => isEntries(candidate) && candidate[key] === name) : -1;
  return index === -1 ? undefined : { value: (value as unknown[])[index], path: [...path, index] };
}

/** Later items of a list go first, so that the others keep their places; what is within something, before that. */
function backwards(a: Path, b: Path): number {
  for (const [at, step] of a.entries()) {
    const other = b[at];
    if (other === undefined) return -1;
    if (typeof step === 'number' && typeof other === 'number' && step !== other) return other - step;
    if (step !== other) return String(step) < String(other) ? -1 : 1;
  }
  return a.length - b.length;
}

function isChild(path: Path, of: Path): boolean {
  return path.length === of.length + 1 && of.every((step, at) => step === path[at]);
}

function sizeAt(spec: unknown, path: Path): number {
  const value = path.reduce<unknown>((at, step) => (at as Record<string | number, unknown>)[step], spec);
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
}
