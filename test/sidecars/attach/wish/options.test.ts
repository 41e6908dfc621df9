import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Kind } from '#shared/config/kinds.ts';
import { innerName, type Option, variableName } from '#shared/config/table.ts';
import { environmentOf } from '../../../../sidecars/attach/wish/environment.ts';
import { sidecars } from '../../../../sidecars/attach/wish/sidecars.ts';
import type { SidecarName } from '../../../../sidecars/attach/wish/wish.ts';
import { readLines } from './reading.ts';

const recipients = [
  'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p',
  'age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg',
];

/** Texts of each kind that takes one, by its name: one of them is taken, whatever its range is. */
const single: Readonly<Record<string, readonly string[]>> = {
  duration: ['4s', '1d'],
  size: ['64Ki', '8Mi'],
  'size or off': ['10M'],
  number: ['5', '100'],
  share: ['10%'],
  'true or false': ['true'],
  path: ['/folder/file'],
  text: ['a text: with # and more'],
  name: ['shop/db1'],
  URL: ['https://s3.example:9000'],
  schedule: ['15 3 * * *'],
  'time zone': ['Europe/Berlin'],
  database: ['postgres://drill'],
  template: ['backup {{title}}'],
  'address or off': ['127.0.0.1:9999'],
  'off | indent | java | python | go | node | regex:PATTERN': ['regex:^\\d{4}-'],
};

/** Items of each kind that takes several. */
const several: Readonly<Record<string, readonly string[]>> = {
  'list of globs': ['/var/log/{a,b}/*.log', '/srv/[a-z]*'],
  'list of texts': ['file', 'host'],
  'list of URLs': ['s3://one/a', 's3://two/b'],
  'list of sources': ['/data', 'postgres://db/shop'],
  'list of hooks': ['https://app/freeze', 'signal:USR1@postgres'],
  'list of age recipients': recipients,
  'list of check URLs': ['tcp://redis:6379', 'dns://redis', 'icmp://gateway'],
  'list of NAME=WHAT+…s': ['cache=redis-1+redis-2', '10.0.0.0/8'],
  'regular expressions': ['^GET /(a|b), then', '\\bERROR\\b'],
  redactions: ['email', '(secret=\\w{3,8})'],
  routes: ['6379=redis-1:6379,redis-2:6379?check=tcp&hold=10s', '127.0.0.1:80=api:80'],
  labels: ['app=web', 'env=prod'],
  rules: ['last=3', 'within=30d'],
  'option=value&…': ['check=http:/healthz', 'hold=10s'],
};

/** Mappings of each kind that reads names with values, and the same as a text. */
const mappings: Readonly<Record<string, readonly [yaml: string, text: string]>> = {
  labels: ['{ app: web, build: 0755 }', 'app=web,build=0755'],
  rules: ['{ last: 3, daily: 7, within: 30d }', 'last=3,daily=7,within=30d'],
  'option=value&…': ['{ check: "http:/a?b=c&d", proxy-in: true }', 'check=http:/a%3Fb%3Dc%26d&proxy-in=true'],
  'list of NAME=WHAT+…s': ['{ cache: [redis-1, 10.0.0.0/8], db: pg }', 'cache=redis-1+10.0.0.0/8,db=pg'],
  'secret header lines': [`{ X-Token: "Bearer \${TOKEN}", X-Scope: "a, b" }`, `X-Token: Bearer \${TOKEN}\nX-Scope: a, b`],
};

const secretLists: Readonly<Record<string, string>> = { 'secret header lines': '\n', 'secret list of age identities': '\n' };

interface Case {
  readonly sidecar: SidecarName;
  readonly key: string;
  readonly variable: string;
  readonly kind: Kind<unknown>;
}

const cases: readonly Case[] = (Object.keys(sidecars) as SidecarName[]).flatMap((sidecar) =>
  Object.entries<Option<unknown>>(sidecars[sidecar].outline.options).map(([option, { kind }]) => ({
    sidecar,
    // the links of the ambassador are those of compose; its own option has its name in the environment
    key: sidecar === 'ambassador' && option === 'links' ? 'AMBASSADOR_LINKS' : innerName(option),
    variable: variableName(sidecars[sidecar].outline, option),
    kind,
  })),
);

/** What is read of one value in both notations: the same text, and the same that is told. */
function readBoth(
  { sidecar, key, variable }: Case,
  yaml: string,
): { readonly text: string | undefined; readonly told: readonly string[] } {
  const [kebab, environment] = [key, variable].map((name) => readLines([`${sidecar}:`, `  ${name}: ${yaml}`]));
  assert.ok(kebab && environment);
  const texts = [kebab, environment].map(({ wishes }) => environmentOf(wishes[0] ?? assert.fail('no wish'))[variable]);
  assert.equal(texts[0], texts[1]);
  assert.deepEqual(
    kebab.told.map((sentence) => sentence.replaceAll(key, variable).replace(/^\S+ /, '')),
    environment.told.map((sentence) => sentence.replaceAll(key, variable).replace(/^\S+ /, '')),
  );
  return { text: texts[0], told: kebab.told };
}

/** Whether a sentence is about the value itself, and not about what it needs beside it, of which the sidecar's table tells by the variables. */
function isOwn(sentence: string, { sidecar, key }: Case): boolean {
  return sentence.includes(` ${sidecar}.${key}`) && !/: [A-Z0-9_]+[ :=]/.test(sentence);
}

for (const sidecar of Object.keys(sidecars) as SidecarName[]) {
  describe(`the options of ${sidecar}`, () => {
    for (const one of cases.filter((each) => each.sidecar === sidecar)) {
      const { key, kind } = one;
      if (kind.secret) test(`${key}: a secret`, () => checkSecret(one));
      else if (Object.hasOwn(several, kind.name)) test(`${key}: ${kind.name}`, () => checkSeveral(one, several[kind.name] ?? []));
      else test(`${key}: ${kind.name}`, () => checkSingle(one));
    }
  });
}

function checkSingle(one: Case): void {
  const { kind } = one;
  const known = single[kind.name] ?? (kind.name.includes(' | ') ? kind.name.split(' | ') : undefined);
  const sample = known?.find((text) => takes(kind, text));
  assert.ok(sample !== undefined, `no sample for the kind ${kind.name}`);
  const { text, told } = readBoth(one, JSON.stringify(sample));
  assert.equal(text, sample);
  assert.deepEqual(
    told.filter((sentence) => isOwn(sentence, one)),
    [],
  );
  assert.match(readBoth(one, `[${JSON.stringify(sample)}]`).told.join('\n'), /is a list, and takes one value/);
  assert.match(readBoth(one, '{ a: b }').told.join('\n'), /\.a is nothing that a value comes from/);
  assert.match(readBoth(one, '').told.join('\n'), /has no value/);
  assert.match(readBoth(one, '""').told.join('\n'), /is empty/);
}

function checkSeveral(one: Case, items: readonly string[]): void {
  const { kind } = one;
  const { text, told } = readBoth(one, JSON.stringify(items));
  assert.ok(text !== undefined, told.join('\n'));
  assert.deepEqual(
    told.filter((sentence) => isOwn(sentence, one)),
    [],
  );
  // each item is what it is alone, in its order
  const alone = items.map((item) => partsOf(kind, item));
  const isOne = alone.every((parts) => !Array.isArray(parts));
  assert.deepEqual(
    partsOf(kind, text),
    isOne ? Object.assign({}, ...(kind.name === 'rules' ? [partsOf(kind, items.join())] : alone)) : alone.flat(),
  );
  for (const item of items) assert.equal(readBoth(one, JSON.stringify(item)).text, item);
  assert.match(readBoth(one, '[]').told.join('\n'), /is a list of nothing/);
  const mapping = Object.hasOwn(mappings, kind.name) ? mappings[kind.name] : undefined;
  if (mapping === undefined) assert.match(readBoth(one, '{ a: b }').told.join('\n'), /\.a is nothing that a value comes from/);
  else assert.equal(readBoth(one, mapping[0]).text, mapping[1]);
}

function checkSecret(one: Case): void {
  const { sidecar, key, variable, kind } = one;
  assert.match(readBoth(one, 'hunter2').told.join('\n'), /is |has |holds /);
  assert.doesNotMatch(readBoth(one, 'hunter2').told.join('\n'), /hunter2/);
  assert.equal(readBoth(one, `"\${SECRET:?}"`).text, `\${SECRET:?}`);
  const given = (yaml: string, overKey?: 'container') =>
    readLines([`${sidecar}: { ${key}: ${yaml} }`], overKey).wishes[0]?.settings[0]?.given;
  assert.deepEqual(given('{ file: ./s }'), { from: 'file', path: './s' });
  assert.deepEqual(given('{ environment: S }'), { from: 'environment', variable: 'S' });
  assert.deepEqual(given('{ secret: s }'), { from: 'secret', name: 's', key: undefined });
  assert.deepEqual(given('{ secret: s, key: k }', 'container'), { from: 'secret', name: 's', key: 'k' });
  const path = readLines([`${sidecar}: { ${variable}_FILE: /run/secrets/s }`]).wishes[0]?.settings[0];
  assert.deepEqual(
    [path?.variable, path?.isPath, path?.given],
    [`${variable}_FILE`, true, { from: 'text', text: '/run/secrets/s' }],
  );
  const between = secretLists[kind.name];
  if (between === undefined) assert.match(readBoth(one, `["\${A}"]`).told.join('\n'), /is a list, and takes one value/);
  else assert.equal(readBoth(one, `["\${A}", "\${B}"]`).text, [`\${A}`, `\${B}`].join(between));
  const mapping = Object.hasOwn(mappings, kind.name) ? mappings[kind.name] : undefined;
  if (mapping !== undefined) assert.equal(readBoth(one, mapping[0]).text, mapping[1]);
}

test('every kind of the samples is one of an option', () => {
  const names = new Set(cases.map(({ kind }) => kind.name));
  for (const name of [...Object.keys(single), ...Object.keys(several), ...Object.keys(mappings), ...Object.keys(secretLists)])
    assert.ok(names.has(name), `no option has the kind ${name}`);
});

function takes(kind: Kind<unknown>, text: string): boolean {
  try {
    kind.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What a text is read to, so that it can be compared. */
function partsOf(kind: Kind<unknown>, text: string): unknown {
  return JSON.parse(JSON.stringify(kind.parse(text), (_, value) => (value instanceof RegExp ? String(value) : value)));
}
