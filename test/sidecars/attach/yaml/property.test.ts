import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Document, parse } from 'yaml';
import { type Random, seeded } from '#harness/random.ts';
import { YamlText } from '../../../../sidecars/attach/yaml/yaml-text.ts';
import { at, dataOf, type Edit, edit, edited, isShared, type Path, pathsOf, wayTo, withoutEmpty } from './edits.ts';
import { Generator } from './generated.ts';

const documents = 2_000;
const comment = 'added by sidekick/attach: for a test';

const singles: readonly unknown[] = [
  'plain',
  '65532',
  'no',
  '0.1',
  '',
  ' a',
  'a: b',
  '127.0.0.1:80:80',
  'x #y',
  '"q"',
  "it's",
  'back\\slash',
  '- a',
  '~',
  'ü😀',
  'a\tb',
  '$' + '{X:-y}',
  'one\ntwo\n',
  'one\ntwo',
  'one\n\n\n',
  ' one\ntwo',
  'one\n  two\n',
  '\n',
  7,
  -1.5,
  true,
  false,
  null,
  [],
  {},
  '[a',
  'a, b',
  '{{x}}',
  '2026-11-27',
  '1e3',
];

function valueFrom(random: Random, depth = 2): unknown {
  const kind = depth === 0 ? 0 : random.below(4);
  if (kind < 2) return random.pick(singles);
  const values = Array.from({ length: random.below(4) }, () => valueFrom(random, depth - 1));
  return kind === 2
    ? values
    : Object.fromEntries(values.map((value, index) => [random.pick(['a', 'y', 'key ', '1', 'x-'] as const) + index, value]));
}

/** An edit that puts something new into a map or a list of the data. */
function addition(random: Random, data: unknown, paths: readonly Path[]): Edit | undefined {
  const path = random.pick(paths);
  const holder = at(data, path);
  const value = valueFrom(random);
  if (Array.isArray(holder)) return { verb: 'append', path, value };
  if (typeof holder !== 'object') return undefined;
  if (holder === null && path.length > 0 && random.below(3) === 0) return { verb: 'append', path, value };
  return {
    verb: 'set',
    path: [...path, ...random.pick([['new'], ['new'], ['on'], ['new', 'deeper'], ['new', 0, 'deeper']])],
    value,
  };
}

/** Whether the edit adds to what is there, and the maps and lists on its way are what it takes them for. */
function isNew(data: unknown, { verb, path }: Edit): boolean {
  const fits = path.every((key, index) => {
    const holder = at(data, path.slice(0, index));
    return (
      holder === undefined ||
      holder === null ||
      (typeof holder === 'object' && Array.isArray(holder) === (typeof key === 'number'))
    );
  });
  return fits && (verb === 'append' || at(data, path) === undefined);
}

/** The topmost path that the edit brings into the text. */
function madeBy(document: Document.Parsed, data: unknown, { verb, path }: Edit): Path {
  const whole = verb === 'set' ? path : [...path, (at(data, path) as unknown[] | null | undefined)?.length ?? 0];
  const length = whole.findIndex((_, index) => !wayTo(document, whole.slice(0, index + 1)).own);
  return whole.slice(0, length + 1);
}

/** How many lines of the text the other has not got, between what both begin with and what both end with. */
function changedLines(before: string, after: string): number {
  const [a, b] = [before.split(/\r?\n/), after.split(/\r?\n/)];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1;
  const left = new Set(b.slice(head, b.length - tail));
  return a.slice(head, a.length - tail).filter((line) => !left.has(line)).length;
}

function documentOf(text: string): Document.Parsed {
  const [document] = YamlText.parse(text, 'f').documents;
  assert.ok(document);
  return document;
}

describe('edits of generated documents', () => {
  test('what is added is what a reader finds, no other line changes, and a deletion gives every byte back', (t) => {
    const random = seeded(t);
    const generator = new Generator(random);
    let added = 0;
    for (let round = 0; round < documents; round += 1) {
      const text = generator.document();
      const yaml = YamlText.parse(text, 'f');
      const document = documentOf(text);
      const paths = pathsOf(dataOf(text)).filter((path) => !wayTo(document, path).anchored);
      const edits: Edit[] = [];
      const made: Path[] = [];
      let reversible = true;
      for (let left = 1 + random.below(3); left > 0 && paths.length > 0; left -= 1) {
        const before = yaml.toString();
        const data = dataOf(before);
        const next = addition(random, data, paths);
        if (!next || !isNew(data, next)) continue;
        const way = wayTo(documentOf(before), next.verb === 'set' ? next.path.slice(0, -1) : next.path);
        reversible &&= way.reversible;
        made.push(madeBy(documentOf(before), data, next));
        edits.push(next);
        edit(yaml, next, random.below(2) === 0 ? comment : undefined);
        const told = () => `${JSON.stringify(edits)}\n${text}\n=>\n${yaml.toString()}`;
        assert.deepEqual(dataOf(yaml.toString()), edited(data, next), told());
        if (way.own) assert.ok(changedLines(before, yaml.toString()) <= 1, told());
        added += 1;
      }
      if (!reversible) continue;
      const again = YamlText.parse(yaml.toString(), 'f');
      for (const path of made.toReversed()) again.delete(0, path);
      assert.equal(again.toString(), text, `${JSON.stringify(edits)}\n${text}\n=>\n${yaml.toString()}`);
    }
    assert.ok(added > documents, `${added}`);
  });

  test('what is replaced or deleted is what a reader finds, and the lines around it stay', (t) => {
    const random = seeded(t);
    const generator = new Generator(random);
    let done = 0;
    for (let round = 0; round < documents; round += 1) {
      const text = generator.document();
      const yaml = YamlText.parse(text, 'f');
      const document = documentOf(text);
      const data = dataOf(text);
      const path = random.pick(pathsOf(data));
      const holder = wayTo(document, path.slice(0, -1));
      if (path.length === 0 || holder.anchored || !wayTo(document, path).own || isShared(document, path)) continue;
      const next: Edit = random.below(2) === 0 ? { verb: 'delete', path } : { verb: 'set', path, value: valueFrom(random) };
      if (next.verb === 'delete' && text.includes('<<')) continue;
      edit(yaml, next);
      const told = () => `${JSON.stringify(next)}\n${text}\n=>\n${yaml.toString()}`;
      assert.deepEqual(withoutEmpty(dataOf(yaml.toString())), withoutEmpty(edited(data, next)), told());
      done += 1;
    }
    assert.ok(done > documents / 4, `${done}`);
  });

  test('every string is a string to readers of YAML 1.1 and 1.2, between lines and between brackets', () => {
    for (const single of singles) {
      for (const start of ['a:\n', 'a: {}\n', 'a: []\n']) {
        const yaml = YamlText.parse(start, 'f');
        if (start.includes('[')) yaml.append(0, ['a'], single);
        else yaml.set(0, ['a', 'y'], single);
        for (const version of ['1.1', '1.2'] as const) {
          const read = parse(yaml.toString(), { version }) as { a: unknown };
          assert.deepEqual(read.a, start.includes('[') ? [single] : { y: single }, yaml.toString());
        }
      }
    }
  });
});
