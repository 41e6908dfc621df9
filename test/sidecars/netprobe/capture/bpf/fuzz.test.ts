import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, seeded } from '#harness/random.ts';
import { compileFilter } from '../../../../../sidecars/netprobe/capture/bpf/compile-filter.ts';
import { hostNamesOf, withAddresses } from '../../../../../sidecars/netprobe/capture/bpf/expression.ts';
import { FilterError } from '../../../../../sidecars/netprobe/capture/bpf/filter-error.ts';
import { parseCaptureFilter } from '../../../../../sidecars/netprobe/capture/bpf/parse-filter.ts';
import type { BpfProgram } from '../../../../../sidecars/netprobe/capture/bpf/program.ts';
import { filterWords, refusedWords } from '../../../../../sidecars/netprobe/capture/bpf/words.ts';
import { RandomFilters } from './random-filters.ts';

/** Reads and compiles a text; gives nothing where it is refused. @throws what is no FilterError */
function compiled(text: string): BpfProgram | undefined {
  try {
    const expression = parseCaptureFilter(text);
    if (expression === undefined) return undefined;
    const names = hostNamesOf(expression);
    const resolved = withAddresses(expression, new Map(names.map((name) => [name, ['10.0.0.1', 'fd00::1']])));
    return compileFilter(resolved, { linkType: 1, snapLength: 65_535, vlan: 'kernel' });
  } catch (error) {
    if (!(error instanceof FilterError)) throw new Error(`${JSON.stringify(text)}: ${error}`, { cause: error });
    assert.ok(error.position >= 0 && error.position <= text.length);
    assert.ok(error.message.length < 1000);
    assert.match(error.message, /^[^\n]+\n {2}[^\n]*\n *\^$/);
    return undefined;
  }
}

/** A program that the kernel takes: all jumps lead forward and into it, and it ends. */
function assertSound(program: BpfProgram, text: string): void {
  for (const [index, { code, jt, jf, k }] of program.entries()) {
    const left = program.length - index - 1;
    if ((code & 7) === 5) assert.ok(code === 5 ? k < left : jt < left && jf < left && jt < 256 && jf < 256, text);
    assert.ok(Number.isInteger(k) && k >= 0 && k < 2 ** 32, text);
  }
  assert.equal((program.at(-1)?.code ?? 0) & 7, 6, text);
}

const symbols = [
  '(',
  ')',
  '[',
  ']',
  '!',
  '&&',
  '||',
  '&',
  '|',
  '=',
  '==',
  '!=',
  '<',
  '<=',
  '<<',
  '>',
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
  ':',
  'and',
  'or',
  'not',
];
const things = [
  '80',
  '0x10',
  '010',
  '09',
  '4294967296',
  '10.0.0.1',
  '10.0',
  '1.2.3.4.5',
  '::1',
  'fd00::/8',
  '::',
  '02:00:00:00:00:01',
  '1:2:3',
  'foo',
  '\\tcp',
  '80-90',
  'tcp-syn',
  '§',
  '\u0000',
  '😀',
];
const words = [...filterWords, ...refusedWords.keys()];

function randomText({ pick, below }: Random): string {
  const piece = () =>
    pick([() => pick(words), () => pick(symbols), () => pick(things), () => pick(['tcp', 'port', 'host', 'net'])])();
  return Array.from({ length: 1 + below(12) }, piece).join(pick([' ', ' ', '']));
}

test('no text breaks it, and what it takes is a program', (t) => {
  const random = seeded(t);
  const filters = new RandomFilters(random, true);
  let taken = 0;
  for (let i = 0; i < 9000; i += 1) {
    let text = i % 3 === 0 ? filters.next() : randomText(random);
    // changes some letters
    for (let changes = i % 3 === 0 ? random.below(3) : 0; changes > 0; changes -= 1) {
      const at = random.below(text.length + 1);
      text =
        text.slice(0, at) + random.pick(['', ' ', '(', ')', '1', 'x', '[', ':', '\\', '-']) + text.slice(at + random.below(3));
    }
    const program = compiled(text);
    if (program === undefined) continue;
    taken += 1;
    assertSound(program, text);
  }
  assert.ok(taken > 900 && taken < 8000, `${taken}`);
});

test('nothing is too deep or too long for it', () => {
  for (const text of [
    '('.repeat(20_000),
    '!'.repeat(20_000),
    `${'not '.repeat(5000)}tcp`,
    `${'('.repeat(150)}tcp${')'.repeat(150)}`,
    `${'('.repeat(300)}tcp${')'.repeat(300)}`,
    `port ${'('.repeat(10_000)}`,
    'tcp['.repeat(5000),
    `${'1+'.repeat(10_000)}1 = 1`,
    `${'len+'.repeat(5000)}1 = 1`,
    `${'1%'.repeat(10_000)}1 = 1`,
    `${'-'.repeat(20_000)}1 = 1`,
    `${'tcp or '.repeat(1500)}tcp`,
    `${'(tcp)'.repeat(3000)}`,
    `${'host 10.0.0.1 or '.repeat(1500)}tcp`,
    Array.from({ length: 1500 }, (_, index) => `host 10.0.${index >> 8}.${index & 255}`).join(' or '),
    `a${'-'.repeat(20_000)}`,
    `${':'.repeat(20_000)}`,
    `${'f:'.repeat(10_000)}`,
    `${'1.'.repeat(10_000)}`,
    'tcp '.repeat(20_000),
    `len + ${'(len + '.repeat(20)}1${')'.repeat(20)} = 1`,
  ]) {
    const program = compiled(text);
    if (program !== undefined) assertSound(program, text.slice(0, 40));
  }
});
