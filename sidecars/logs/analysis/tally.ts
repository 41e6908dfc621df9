import type { Access } from './access.ts';
import { Times } from './times.ts';

/** The classes of status, and what is in none of them. */
export const statusClasses = ['1xx', '2xx', '3xx', '4xx', '5xx', 'other'] as const;

/** The methods of RFC 9110 and RFC 5789, and all others together: whoever asks may name what he likes. */
export const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH', 'other'] as const;

const classes = statusClasses.length;
const others = methods.length - 1;
const names = methods.slice(0, others).map((name) => Buffer.from(name));

/** The numbers of some requests. All of them can be added up. */
export class Tally {
  requests = 0;
  /** Of the answers. */
  bytes = 0;
  /** Lines that tell no request. */
  otherLines = 0;
  readonly times = new Times();
  /** Requests by status, three digits. */
  readonly statuses = new Float64Array(1000);
  readonly #byMethod = new Float64Array(methods.length * classes);

  add({ status, size, seconds, method }: Access): void {
    this.requests += 1;
    this.bytes += size;
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
    const cell = methodAt(method.bytes, method.from, method.to) * classes + classAt(status);
    this.#byMethod[cell] = (this.#byMethod[cell] ?? 0) + 1;
    if (!Number.isNaN(seconds)) this.times.add(seconds);
  }

  merge(other: Tally): void {
    this.otherLines += other.otherLines;
    if (other.requests === 0) return;
    this.requests += other.requests;
    this.bytes += other.bytes;
    this.times.merge(other.times);
    for (let index = 0; index < 1000; index += 1)
      this.statuses[index] = (this.statuses[index] ?? 0) + (other.statuses[index] ?? 0);
    for (let cell = 0; cell < this.#byMethod.length; cell += 1)
      this.#byMethod[cell] = (this.#byMethod[cell] ?? 0) + (other.#byMethod[cell] ?? 0);
  }

  clear(): void {
    this.otherLines = 0;
    if (this.requests === 0) return;
    this.requests = this.bytes = 0;
    this.times.clear();
    this.statuses.fill(0);
    this.#byMethod.fill(0);
  }

  /** Requests by method and class of status, as indices of {@link methods} and {@link statusClasses}. */
  of(method: number, statusClass: number): number {
    return this.#byMethod[method * classes + statusClass] ?? 0;
  }
}

function classAt(status: number): number {
  const hundreds = Math.floor(status / 100);
  return hundreds >= 1 && hundreds <= 5 ? hundreds - 1 : classes - 1;
}

function methodAt(bytes: Uint8Array, from: number, to: number): number {
  for (let index = 0; index < others; index += 1) {
    const name = names[index];
    if (name === undefined || name.length !== to - from || name[0] !== bytes[from]) continue;
    let at = 1;
    while (at < name.length && name[at] === bytes[from + at]) at += 1;
    if (at === name.length) return index;
  }
  return others;
}
