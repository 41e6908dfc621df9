import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, seeded } from '#harness/random.ts';
import type { Kind } from '#shared/config/kinds.ts';
import { innerName, variableName } from '#shared/config/table.ts';
import { environmentOf } from '../../../../sidecars/attach/wish/environment.ts';
import { isKnown } from '../../../../sidecars/attach/wish/interpolation.ts';
import { sidecars } from '../../../../sidecars/attach/wish/sidecars.ts';
import type { SidecarName, Wish } from '../../../../sidecars/attach/wish/wish.ts';
import { type Reading, readFile } from './reading.ts';

const documents = 20_000;

const names = Object.keys(sidecars) as SidecarName[];
const strangeNames = ['log', 'constructor', '__proto__', '""', '1', '~', '!x logs', '? [a, b] ', '*a'];
const specialKeys = [
  'hosts',
  'links',
  'service',
  'container',
  '<<',
  'token-file',
  'toString',
  '__proto__',
  'maxLine',
  'LOGS_NONE',
  '""',
  '~',
];
/** Values that some kind takes, and values that none does. */
const scalars = [
  ...['1', '64', '10k', '64Ki', '3s', '1h30m', '10%', 'true', 'false', 'off', 'auto', 'plain', 'net', 'daily', 'always', ':9999'],
  ...[
    'stdout:',
    'https://logs.example/in',
    's3://backups/web',
    'file:///backups',
    'loki+http://loki:3100',
    'ftp://x',
    'postgres://db/shop',
  ],
  ...[
    '/var/log/*.log',
    '/data',
    '/state',
    'data',
    '"6379=redis:6379"',
    'redis:6379',
    '"db:5432=pg-1:5432?check=tcp"',
    '"a:1=a:1"',
    'a:9803',
  ],
  ...[
    'app=web',
    'check=tcp',
    'last=3',
    '"@daily"',
    '"15 3 * * *"',
    'tcp://redis:6379',
    'gateway',
    'age1x',
    'Europe/Berlin',
    'email',
    '"(a|b)"',
  ],
  ...[
    '"$\u007bX}"',
    '$X',
    '"a$$b"',
    '"$"',
    '""',
    '~',
    '',
    '"\\0"',
    '"\\n"',
    '"é😀"',
    '!x y',
    '!!str 1',
    '!!binary aGVsbG8=',
    '*a',
    '*b',
    '*nobody',
    '&c d',
  ],
  ...[`"${'x'.repeat(300)}"`, '0755', '1e3', '.inf', '2001-01-01', '"{{title}}"', '"{"', '"%"', '"a: b"', '"//u:p@h"', '"#"'],
];

/** A key, and values that are right for it; none where only some of no sense are known. */
interface Key {
  readonly key: string;
  readonly right: readonly string[];
}

/** All keys of each sidecar, in all their notations. */
const keys: Readonly<Record<string, readonly Key[]>> = Object.fromEntries(names.map((name) => [name, keysOf(name)]));

function keysOf(sidecar: SidecarName): Key[] {
  const { outline } = sidecars[sidecar];
  return Object.entries(outline.options).flatMap(([option, { kind }]) => {
    const right = kind.secret
      ? ['{ file: ./t }', '{ environment: T }', '{ secret: t }', '$T']
      : scalars.filter((text) => takes(kind, text.replaceAll('"', '')));
    const variable = variableName(outline, option);
    return [
      { key: innerName(option), right },
      { key: innerName(option), right },
      { key: variable, right },
      { key: `${variable}_FILE`, right: ['/run/secrets/t'] },
    ];
  });
}

function takes(kind: Kind<unknown>, text: string): boolean {
  try {
    kind.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A random file: mostly of keys that there are, with values that are right, wrong, and of no sense. */
function randomFile(random: Random): string {
  const anchors = random.below(2) === 0 ? `x-a: &a ${value(random, 2)}\nx-b: &b { max-line: 1k, to: ${scalar(random)} }\n` : '';
  const wanted = Array.from({ length: 1 + random.below(3) }, () => random.pick([...names, ...names, ...names, ...strangeNames]));
  const entries = [...new Set(wanted)].map((name) => {
    if (random.below(12) === 0) return `${name}: ${value(random, 2)}`;
    const pairs = Array.from({ length: random.below(5) }, () => pair(random, name));
    const separator = random.pick([', ', ',\n      ']);
    return random.below(3) === 0 && pairs.length > 0
      ? `${name}:\n    ${pairs.join('\n    ')}`
      : `${name}: {${pairs.join(separator)}}`;
  });
  const body = random.below(30) === 0 ? ` ${value(random, 1)}` : `\n${entries.map((entry) => `  ${entry}`).join('\n')}`;
  return `${anchors}x-sidekick:${body}\n`;
}

function pair(random: Random, name: string): string {
  const sidecar = names.find((candidate) => candidate === name) ?? random.pick(names);
  if (random.below(8) === 0) return `${random.pick(specialKeys)}: ${value(random, 0)}`;
  const { key, right } = random.pick(keys[sidecar] ?? []);
  return `${key}: ${right.length > 0 && random.below(6) > 0 ? random.pick(right) : value(random, 0)}`;
}

function scalar(random: Random): string {
  return random.pick(scalars);
}

function value(random: Random, depth: number): string {
  const list = (count: number) => Array.from({ length: count }, () => value(random, depth + 1));
  const kind = random.below(depth > 3 ? 4 : 9);
  if (kind < 5) return scalar(random);
  if (kind === 5) return `[${list(random.below(4)).join(', ')}]`;
  if (kind === 6)
    return `{ ${random.pick(['file', 'secret', 'environment', 'fil'])}: ${random.pick(['./t', 'T', scalar(random)])}${random.pick(['', '', ', key: k', ', file: x'])} }`;
  const own = [
    ...new Set(
      list(random.below(4)).map((_, index) => random.pick(['a', 'app', 'check', 'last', '<<', 'mem_limit', `k${index}`])),
    ),
  ];
  return `{${own.map((key) => `${key}: ${value(random, depth + 1)}`).join(', ')}}`;
}

/** What has to hold of whatever was read. */
function check(text: string, { wishes, problems }: Reading, overKey: 'service' | 'container'): void {
  const lines = text.split('\n');
  for (const { place, text: told } of problems) {
    const line = lines[place.line - 1];
    assert.ok(
      line !== undefined && place.column >= 1 && place.column <= line.length + 1,
      `${place.line}:${place.column} lies outside: ${told}`,
    );
    assert.match(told, /^x(\.|\[| |:)/);
  }
  const places = problems.map(({ place }) => place.line * 10_000 + place.column);
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
  if (problems.length === 0) for (const wish of wishes) checkAccepted(wish, overKey);
}

/** What is accepted has to be what the sidecar starts with. */
function checkAccepted(wish: Wish, overKey: 'service' | 'container'): void {
  const isWhole = wish.settings.every(
    ({ given, isPath }) => given.from === 'text' && !isPath && isKnown(given.text, { overKey }),
  );
  // an environment of compose's own may bring what is missing
  if (!isWhole || wish.hosts.length > 0 || wish.links || 'environment' in wish.over) return;
  const given = environmentOf(wish);
  const env =
    overKey === 'service'
      ? Object.fromEntries(Object.entries(given).map(([name, text]) => [name, text.replaceAll('$$', '$')]))
      : given;
  assert.deepEqual(sidecars[wish.sidecar].problemsOf({ argv: [], env, readFile: () => assert.fail('no file is read') }), []);
}

test('whatever is written gives wishes, or problems that lie in the text', { timeout: 300_000 }, (t) => {
  const random = seeded(t);
  const seen = { unreadable: 0, refused: 0, good: 0, attached: 0 };
  for (let index = 0; index < documents; index += 1) {
    const text = randomFile(random);
    const overKey = random.pick(['service', 'container'] as const);
    let reading: Reading;
    try {
      reading = readFile(text, overKey);
    } catch (error) {
      if ((error as Error).name !== 'YAMLParseError') throw new Error(`${error}\n${text}`, { cause: error });
      seen.unreadable += 1;
      continue;
    }
    try {
      check(text, reading, overKey);
    } catch (error) {
      throw new Error(`${error}\n${text}`, { cause: error });
    }
    seen[reading.problems.length > 0 ? 'refused' : 'good'] += 1;
    if (reading.problems.length === 0) seen.attached += reading.wishes.filter(({ settings }) => settings.length > 0).length;
  }
  t.diagnostic(JSON.stringify(seen));
  // else it would show little
  assert.ok(
    seen.unreadable < documents / 2 && seen.refused > documents / 10 && seen.attached > documents / 100,
    JSON.stringify(seen),
  );
});
