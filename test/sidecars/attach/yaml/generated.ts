import type { Random } from '#harness/random.ts';

/** What a written value is: what follows the `:` or the `-` on its line, and the lines below it. */
interface Form {
  readonly inline: string;
  readonly below: readonly string[];
}

const words = [
  'web',
  'db',
  'redis:8',
  'a b',
  '0',
  '1.5',
  'true',
  'no',
  'null',
  '~',
  '"x: y"',
  "'it''s'",
  '"65532"',
  'ü',
  '/a/b:ro',
  '!t x',
  '80:80',
];
const names = [
  'image',
  'ports',
  'name',
  '"quoted"',
  "'single'",
  'with space',
  '8080',
  'on',
  'ключ',
  'x-a',
  'deep',
  'list',
  'map',
  'k9',
];

/**
 * Documents of every shape that people and programs write: blocks and brackets in each other, dashes flush or not, texts of many lines,
 * comments and blank lines anywhere, anchors, aliases, merges, line ends of both kinds, the last one missing.
 */
export class Generator {
  readonly #random: Random;
  #step = 2;
  #dashes = 2;
  #anchors: { name: string; map: boolean }[] = [];
  #number = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  document(): string {
    const { pick, below } = this.#random;
    this.#step = pick([2, 2, 2, 4, 3, 1]);
    this.#dashes = pick([0, this.#step, 2]);
    this.#anchors = [];
    const head = pick([[], [], [], ['# head'], ['---'], ['%YAML 1.2', '---'], ['# head', '', '---', '# below'], ['--- # start']]);
    const body = below(12) === 0 ? [this.#flow(3)] : below(20) === 0 ? [] : this.#map(0);
    const tail = pick([[], [], [], ['# end'], ['', '# end'], ['...'], ['', '', '']]);
    const newline = below(5) === 0 ? '\r\n' : '\n';
    const text = [...head, ...body, ...tail].join(newline) + (below(4) === 0 ? '' : newline);
    return (below(10) === 0 ? '\ufeff' : '') + text;
  }

  #map(depth: number): string[] {
    const lines: string[] = [];
    const used = new Set<string>();
    for (let left = 1 + this.#random.below(4); left > 0; left -= 1) {
      const name = this.#random.pick(names);
      if (used.has(name)) continue;
      used.add(name);
      lines.push(...this.#between(), ...this.#entry(name, depth));
    }
    const maps = this.#anchors.filter(({ map }) => map);
    if (maps.length > 0 && this.#random.below(5) === 0) lines.push(`<<: *${this.#random.pick(maps).name}`);
    if (depth > 0) lines.push(...this.#between());
    return lines;
  }

  #list(depth: number): string[] {
    const lines: string[] = [];
    for (let left = 1 + this.#random.below(3); left > 0; left -= 1) {
      lines.push(...this.#between());
      if (this.#random.below(3) === 0 && depth < 4) {
        const map = this.#map(depth + 1);
        const [first, ...rest] = map.slice(map.findIndex((line) => !/^\s*(#|$)/.test(line)));
        lines.push(`- ${first}`, ...shifted(rest, 2));
      } else {
        const { inline, below } = this.#value(depth + 1, 2, 2);
        lines.push(inline === '' ? '-' : `- ${inline}`, ...below);
      }
    }
    return lines;
  }

  #entry(name: string, depth: number): string[] {
    const { inline, below } = this.#value(depth + 1, this.#step, this.#dashes);
    if (this.#random.below(25) === 0) return [`? ${name}`, `:${inline === '' ? '' : ` ${inline}`}`, ...below];
    return [`${name}:${inline === '' ? '' : `${this.#random.pick([' ', ' ', ' ', '   '])}${inline}`}`, ...below];
  }

  #value(depth: number, by: number, dashes: number): Form {
    const { pick, below } = this.#random;
    if (this.#anchors.length > 0 && below(6) === 0) return { inline: `*${pick(this.#anchors).name}${this.#remark()}`, below: [] };
    const kind = depth > 4 ? below(7) : below(14);
    const form = this.#form(kind, depth, by, dashes);
    if (below(8) !== 0) return form;
    const name = `a${this.#number++}`;
    this.#anchors.push({ name, map: kind >= 10 });
    return { ...form, inline: `&${name}${form.inline === '' ? '' : ` ${form.inline}`}` };
  }

  #form(kind: number, depth: number, by: number, dashes: number): Form {
    if (kind < 3) return { inline: this.#random.pick(words) + this.#remark(), below: [] };
    if (kind === 3) return { inline: this.#remark().trimStart(), below: [] };
    if (kind === 4) return this.#text(by);
    if (kind === 5) return { inline: this.#flow(2) + this.#remark(), below: [] };
    if (kind === 6) return this.#wideFlow(by);
    const inline = this.#remark().trimStart();
    return { inline, below: kind < 10 ? shifted(this.#list(depth), dashes) : shifted(this.#map(depth), by) };
  }

  /** A text of several lines, in one of the ways there are. */
  #text(by: number): Form {
    const lines = this.#random.pick([['one', 'two'], ['one'], ['one', '', '  two'], ['# no comment', 'x: y'], ['one', '', '']]);
    const header = this.#random.pick(['|', '|-', '|+', '>', '>-', '>+', '| # why', `|${by + 1}`, 'plain', '"']);
    if (header === 'plain') return { inline: 'one', below: shifted(['two', 'three'], by) };
    if (header === '"') return { inline: '"one', below: shifted(['', 'two"'], by) };
    return { inline: header, below: shifted(lines, by + 1) };
  }

  #flow(depth: number): string {
    const pad = this.#random.pick(['', '', ' ', '\t']);
    const last = this.#random.below(6) === 0 ? ',' : '';
    const count = this.#random.below(4);
    const single = () =>
      this.#random.pick(['a', '1', '"b, c"', 'x y', "'q'", 'null', '~', ...(depth > 0 ? [this.#flow(depth - 1)] : [])]);
    if (this.#random.below(2) === 0) {
      const items = Array.from({ length: count }, () => (this.#random.below(12) === 0 ? `k: ${single()}` : single()));
      return `[${pad}${items.join(`,${pad || ' '}`)}${count > 0 ? last : ''}${pad}]`;
    }
    const entries = Array.from({ length: count }, (_, index) => {
      const key = `${this.#random.pick(['a', '"b"', 'c d'])}${index}`.replace(/"(\d)$/, '$1"');
      return this.#random.below(10) === 0 ? key : `${key}:${this.#random.pick([' ', ' ', '\t'])}${single()}`;
    });
    return `{${pad}${entries.join(', ')}${count > 0 ? last : ''}${pad}}`;
  }

  /** Brackets over several lines. */
  #wideFlow(by: number): Form {
    const items = Array.from({ length: this.#random.below(4) }, () => this.#flow(1));
    const last = this.#random.below(2) === 0 ? ',' : '';
    const lines = items.map((item, index) => `${item}${index < items.length - 1 ? ',' : last}${this.#remark()}`);
    return {
      inline: '[',
      below: [...shifted(lines, by + this.#random.below(3)), ...shifted(this.#random.pick([[']'], ['# last', '] # end']]), by)],
    };
  }

  #remark(): string {
    return this.#random.below(8) === 0 ? ' # why' : '';
  }

  /** What may stand between two entries. */
  #between(): string[] {
    return this.#random.pick([
      [],
      [],
      [],
      [],
      [''],
      ['', ''],
      ['# about'],
      ['', '# about'],
      ['  # deeper'],
      ['# one', '# two', ''],
      ['      '],
    ]);
  }
}

function shifted(lines: readonly string[], by: number): string[] {
  return lines.map((line) => (line === '' ? line : ' '.repeat(by) + line));
}
