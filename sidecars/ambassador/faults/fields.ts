import { badBody } from './refusal.ts';

/** The fields of a JSON object. One that is null counts as not given, as it does for toxiproxy. */
export class Fields {
  readonly #fields: Readonly<Record<string, unknown>>;

  /** @throws Refusal where the value is no object. */
  constructor(value: unknown, what: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badBody(`${what} has to be a JSON object`);
    this.#fields = value as Record<string, unknown>;
  }

  /** Those that are given. */
  get names(): readonly string[] {
    return Object.keys(this.#fields).filter((name) => this.get(name) !== undefined);
  }

  get(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? (this.#fields[name] ?? undefined) : undefined;
  }

  /** @throws Refusal where it is no text. */
  text(name: string): string | undefined {
    return this.#typed(name, 'string', 'a text');
  }

  /** @throws Refusal where it is neither true nor false. */
  flag(name: string): boolean | undefined {
    return this.#typed(name, 'boolean', 'true or false');
  }

  /** @throws Refusal where it is no number. */
  number(name: string): number | undefined {
    return this.#typed(name, 'number', 'a number');
  }

  /** @throws Refusal naming those that are not known. */
  only(...known: readonly string[]): void {
    const unknown = this.names.filter((name) => !known.includes(name));
    if (unknown.length > 0) throw badBody(`unknown ${unknown.join(', ')}; known are ${known.join(', ')}`);
  }

  #typed<T>(name: string, type: string, what: string): T | undefined {
    const value = this.get(name);
    if (value !== undefined && typeof value !== type) throw badBody(`${name} has to be ${what}`);
    return value as T | undefined;
  }
}

/** The value that the body of a request is. @throws Refusal where it is no JSON. */
export function parseBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw badBody(body === '' ? 'EOF' : (error as SyntaxError).message);
  }
}
