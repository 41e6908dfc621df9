import { type Below, pick } from '../../random.ts';

/** What files hold: `records` are of a fixed length and half random, as in a database; `noise` is what is compressed or encrypted already. */
export type Kind = 'prose' | 'code' | 'json' | 'log' | 'sql' | 'records' | 'noise';

const vocabulary = 4000;
const syllables = [
  'ka',
  'lo',
  'mi',
  'ter',
  'an',
  'des',
  'ru',
  'ven',
  'sol',
  'bri',
  'um',
  'ge',
  'for',
  'ing',
  'tas',
  'el',
  'no',
  'qua',
];
const paths = ['/', '/index.html', '/api/v1/users', '/api/v1/orders', '/static/app.js', '/static/style.css', '/login', '/search'];
const agents = [
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
  'curl/8.8.0',
];
const types = ['string', 'number', 'boolean', 'Date', 'Buffer', 'unknown'];
const record = 64;
const start = Date.UTC(2026, 0, 2);

/** Makes contents of files, of random numbers: the same for the same seed and the same calls. */
export class Content {
  readonly #below: Below;
  readonly #words: readonly string[];

  constructor(below: Below) {
    this.#below = below;
    this.#words = Array.from({ length: vocabulary }, () =>
      Array.from({ length: 1 + below(3) }, () => pick(below, syllables)).join(''),
    );
  }

  /** So many bytes of a kind; text is ASCII, and its last line may be cut. */
  of(kind: Kind, size: number): Buffer {
    switch (kind) {
      case 'prose':
        return text(size, () => this.#prose());
      case 'code':
        return text(size, () => this.#code());
      case 'json':
        return text(size, () => this.#json());
      case 'log':
        return text(size, () => this.#log());
      case 'sql':
        return text(size, () => this.#sql());
      case 'records':
        return this.#records(size);
      case 'noise':
        return this.#noise(size);
    }
  }

  /** A word; some are much more frequent than others. */
  #word(): string {
    return this.#words[Math.floor((this.#below(2 ** 20) / 2 ** 20) ** 3 * vocabulary)] ?? '';
  }

  #time(): string {
    return new Date(start + this.#below(2 ** 31)).toISOString();
  }

  #hex(): string {
    return (this.#below(2 ** 31) + 2 ** 31).toString(16);
  }

  #prose(): string {
    let sentence = this.#word();
    for (let words = 4 + this.#below(16); words > 0; words -= 1) sentence += ` ${this.#word()}`;
    return `${sentence}.${this.#below(6) === 0 ? '\n\n' : ' '}`;
  }

  #code(): string {
    const [name, argument, field] = [this.#word(), this.#word(), this.#word()];
    const type = pick(this.#below, types);
    const body = `  if (${argument}.${field} === undefined) throw new RangeError('no ${field} in ${argument} ${this.#below(1000)}');\n`;
    return `/** ${this.#prose().trimEnd()} */\nexport function ${name}(${argument}: ${type}): ${type} {\n${body}  return ${this.#word()}(${argument}.${field});\n}\n\n`;
  }

  #json(): string {
    const below = this.#below;
    const place = { lat: below(180_000) / 1000, lon: below(360_000) / 1000 };
    const tags = [this.#word(), this.#word()];
    const entry = {
      id: `${this.#hex()}-${this.#hex()}`,
      name: `${this.#word()} ${this.#word()}`,
      created: this.#time(),
      active: below(3) > 0,
    };
    return `${JSON.stringify({ ...entry, score: below(100_000) / 100, tags, place, note: this.#prose().trimEnd() })}\n`;
  }

  /** The format `combined` of nginx. */
  #log(): string {
    const below = this.#below;
    const address = `10.${below(256)}.${below(256)}.${below(256)}`;
    const request = `${below(5) === 0 ? 'POST' : 'GET'} ${pick(below, paths)}?id=${below(1e6)} HTTP/1.1`;
    return `${address} - - [${this.#time()}] "${request}" ${pick(below, ['200', '200', '200', '304', '404', '500'])} ${below(50_000)} "-" "${pick(below, agents)}"\n`;
  }

  #sql(): string {
    const below = this.#below;
    return `INSERT INTO orders VALUES (${below(1e9)},'${this.#word()} ${this.#word()}','${this.#hex()}',${below(1e6) / 100},'${this.#time()}',${below(50)},NULL);\n`;
  }

  /** A number, random bytes, a small number, and zeros. */
  #records(size: number): Buffer {
    const records = this.#noise(size);
    for (let at = 0; at < size; at += record) {
      records.fill(0, at, at + record / 2);
      records.write(`${at}`, at, 'latin1');
      records[at + 12] = this.#below(20);
    }
    return records;
  }

  #noise(size: number): Buffer {
    const words = new Uint32Array(Math.ceil(size / 4));
    for (let at = 0; at < words.length; at += 1) words[at] = this.#below(2 ** 32);
    return Buffer.from(words.buffer, 0, size);
  }
}

function text(size: number, next: () => string): Buffer {
  let made = '';
  while (made.length < size) made += next();
  return Buffer.from(made.slice(0, size), 'latin1');
}
