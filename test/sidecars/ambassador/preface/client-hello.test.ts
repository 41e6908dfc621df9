import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { seeded } from '#harness/random.ts';
import {
  type DecodedHello,
  matchServerName,
  maxHello,
  readClientHello,
} from '../../../../sidecars/ambassador/preface/client-hello.ts';
import { extension, grease, helloFor, helloOfNode, helloOfOpenssl, message, records, serverNames } from './hello.ts';

const named = (serverName: string): DecodedHello => ({ state: 'complete', serverName });
const nameless: DecodedHello = { state: 'complete' };

/** Every beginning of a hello is incomplete, and its `needs` are kept: nothing is known before, and something is when all is there. */
function assertIncremental(hello: Buffer, found: DecodedHello): void {
  for (let length = 0; length < hello.length; length++) {
    const early = readClientHello(hello.subarray(0, length));
    assert.ok(early.state === 'incomplete', `after ${length} bytes: ${JSON.stringify(early)}`);
    assert.ok(early.needs > length && early.needs <= hello.length, `needs ${early.needs} after ${length}`);
  }
  assert.deepEqual(readClientHello(hello), found);
  assert.deepEqual(readClientHello(Buffer.concat([hello, Buffer.from('anything')])), found);
}

describe('readClientHello', () => {
  const good: readonly (readonly [name: string, hello: Buffer, found: DecodedHello])[] = [
    ['a name beside GREASE', helloFor('www.example.com'), named('www.example.com')],
    ['upper case', helloFor('WWW.Example.COM'), named('www.example.com')],
    ['a dot at the end', helloFor('www.example.com.'), named('www.example.com')],
    ['no extensions at all', records(message()), nameless],
    ['no server name', records(message([grease, extension(43, Buffer.of(2, 3, 4))])), nameless],
    ['an empty list of names', records(message([serverNames()])), nameless],
    ['a name of an unknown type', records(message([serverNames([7, 'x'])])), nameless],
    ['a name behind one of an unknown type', records(message([serverNames([7, 'x'], [0, 'a.example'])])), named('a.example')],
    ['records of one byte', records(message([serverNames([0, 'a.example'])]), 1), named('a.example')],
    ['records of 64 bytes', records(message([serverNames([0, 'a.example'])]), 64), named('a.example')],
    ['a cut behind the handshake header', records(message([serverNames([0, 'a.example'])]), 4), named('a.example')],
  ];
  for (const [name, hello, found] of good) test(`${name}, byte by byte`, () => assertIncremental(hello, found));

  test('a large ClientHello over several records', () => {
    const content = message([extension(21, Buffer.alloc(40_000)), serverNames([0, 'a.example'])]);
    assert.deepEqual(readClientHello(records(content)), named('a.example'));
    assert.deepEqual(readClientHello(records(content, 512)), named('a.example'));
    assert.equal(readClientHello(records(content).subarray(0, -1)).state, 'incomplete');
  });

  const body = (change: (content: Buffer) => void) => {
    const content = message([serverNames([0, 'a.example'])]);
    change(content);
    return records(content);
  };
  const bad: readonly (readonly [name: string, bytes: Buffer, at?: number])[] = [
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n'), 1],
    ['SSL 2.0', Buffer.from('802e0103010015', 'hex'), 1],
    ['an alert', Buffer.from('15030300020100', 'hex'), 1],
    ['a record of another version', Buffer.from('1604', 'hex'), 2],
    ['an empty record', Buffer.from('1603010000', 'hex'), 5],
    ['a record that is too long', Buffer.from('1603014001', 'hex'), 5],
    ['another handshake message', Buffer.from('160301000402', 'hex'), 6],
    ['a message of 16 MiB', Buffer.from('160301400001ffffff', 'hex'), 9],
    [
      'a message beyond the limit',
      records(message([extension(21, Buffer.alloc(60_000)), extension(22, Buffer.alloc(10_000))])),
      9,
    ],
    ['an alert amid the hello', Buffer.concat([records(message().subarray(0, 40)), Buffer.from('15', 'hex')]), 46],
    ['a session id that is too long', body((content) => content.writeUInt8(255, 38))],
    ['ciphers that are too long', body((content) => content.writeUInt16BE(0xffff, 71))],
    ['extensions that are too long', body((content) => content.writeUInt16BE(0xffff, 81))],
    ['extensions that are too short', body((content) => content.writeUInt16BE(1, 81))],
    ['two extensions with names', records(message([serverNames([0, 'a.example']), serverNames([0, 'b.example'])]))],
    ['two names', records(message([serverNames([0, 'a.example'], [0, 'b.example'])]))],
    ['an empty name', helloFor('')],
    ['a name of a dot', helloFor('.')],
    ['a name with NUL', helloFor('a\0.example')],
    ['a name with a line end', helloFor('a.example\r\n')],
    ['a name that is not ASCII', helloFor('\xe4.example')],
    ['a name that is too long', helloFor('a'.repeat(256))],
    ['bytes behind the names', records(message([extension(0, Buffer.from('00000000', 'hex'))]))],
  ];
  for (const [name, bytes, at] of bad) {
    test(`${name} is refused${at === undefined ? '' : ` at byte ${at}`}`, () => {
      if (at !== undefined) assert.equal(readClientHello(bytes.subarray(0, at - 1)).state, 'incomplete');
      const found = readClientHello(bytes.subarray(0, at));
      assert.ok(found.state === 'invalid' && found.reason !== '', JSON.stringify(found));
    });
  }

  test('what waits for needs asks few times, even for records of one byte', () => {
    const hello = records(message([extension(21, Buffer.alloc(10_000))]), 1);
    let asked = 0;
    for (let length = 0; ; asked++) {
      const found = readClientHello(hello.subarray(0, length));
      if (found.state !== 'incomplete') break;
      length = found.needs;
    }
    assert.ok(asked < 100, `asked ${asked} times for ${hello.length} bytes`);
  });

  test('of flipped and cut bytes nothing is thrown, and the needs are within the limit', (t) => {
    const { below, pick } = seeded(t);
    const states = new Set<string>();
    for (let round = 0; round < 5000; round++) {
      const bytes = records(message([grease, serverNames([0, 'www.example.com'])]), pick([1, 7, 50, 500]));
      for (let flips = below(4); flips > 0; flips--) {
        const at = below(bytes.length);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
      }
      const cut = bytes.subarray(0, pick([bytes.length, below(bytes.length)]));
      const found = readClientHello(cut);
      states.add(found.state);
      if (found.state === 'incomplete') assert.ok(found.needs > cut.length && found.needs <= maxHello);
    }
    assert.equal(states.size, 3);
  });

  test('clients of Node', async (t) => {
    assertIncremental(await helloOfNode(t, { servername: 'www.example.com' }), named('www.example.com'));
    assertIncremental(await helloOfNode(t, { servername: 'www.example.com', maxVersion: 'TLSv1.2' }), named('www.example.com'));
    assertIncremental(await helloOfNode(t, { servername: '' }), nameless);
  });

  test('openssl s_client', needs('openssl'), async (t) => {
    assertIncremental(await helloOfOpenssl(t, '-servername', 'WWW.example.com'), named('www.example.com'));
    assertIncremental(await helloOfOpenssl(t, '-servername', 'a.example', '-tls1_2', '-alpn', 'h2,http/1.1'), named('a.example'));
    assertIncremental(await helloOfOpenssl(t, '-noservername'), nameless);
  });
});

describe('matchServerName', () => {
  const cases: readonly (readonly [pattern: string, name: string | undefined, matches: boolean])[] = [
    ['www.example.com', 'www.example.com', true],
    ['WWW.example.com.', 'www.EXAMPLE.com', true],
    ['www.example.com', 'example.com', false],
    ['www.example.com', 'a.www.example.com', false],
    ['www.example.com', undefined, false],
    ['*.example.com', 'www.example.com', true],
    ['*.Example.com', 'WWW.example.com.', true],
    ['*.example.com', 'example.com', false],
    ['*.example.com', '.example.com', false],
    ['*.example.com', 'a.www.example.com', false],
    ['*.example.com', 'wwwexample.com', false],
    ['*.example.com', undefined, false],
    ['www.*.com', 'www.example.com', false],
  ];
  for (const [pattern, name, matches] of cases)
    test(`${pattern} ${matches ? 'is for' : 'is not for'} ${name}`, () => assert.equal(matchServerName(pattern, name), matches));
});
