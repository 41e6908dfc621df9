import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { freePort } from '#harness/free-port.ts';
import { needs } from '#harness/needs.ts';
import { dial } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { decodePacket } from '../../../../../sidecars/netprobe/capture/decode/decode-packet.ts';
import { ethernetOf, frameOf, tcp } from '../frames.ts';
import { Recorder } from './recorded.ts';

/** A command as a client sends it. */
const command = (...words: readonly string[]) =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;

/** What is said to a server, and how it and the answers are told. */
const exchange: readonly (readonly [said: string, asked: readonly string[], answered: readonly string[]])[] = [
  [command('PING'), ['PING'], ['PONG']],
  ['PING\r\n', ['PING'], ['PONG']],
  [command('set', 'secretkey', 'secretvalue'), ['SET'], ['OK']],
  [command('GET', 'secretkey'), ['GET'], ['bulk of 11 bytes']],
  [command('GET', 'nosecret'), ['GET'], ['null']],
  [command('LPUSH', 'secretlist', 'secret1', 'secret2', 'GET'), ['LPUSH'], ['integer']],
  [command('LRANGE', 'secretlist', '0', '-1'), ['LRANGE'], ['array of 3']],
  [command('INCR', 'secretlist'), ['INCR'], ['error WRONGTYPE']],
  [command('SECRETCOMMAND', 'secret'), ['command'], ['error ERR']],
  [command('INCRBYFLOAT', 'secretfloat', '1.5'), ['INCRBYFLOAT'], ['bulk of 3 bytes']],
  [command('MULTI') + command('GET', 'secretkey') + command('EXEC'), ['MULTI', 'GET', 'EXEC'], ['OK', 'QUEUED', 'array of 1']],
  [command('TYPE', 'secretlist'), ['TYPE'], ['string']],
  [command('EVAL', 'return {1,{2,{3,"secret"}}}', '0'), ['EVAL'], ['array of 2']],
  [command('CONFIG', 'GET', 'save'), ['CONFIG'], ['array of 2']],
  [command('HELLO', '3'), ['HELLO'], ['map of 7']],
  [command('GET', 'nosecret'), ['GET'], ['null']],
  [
    command('HSET', 'secrethash', 'secretfield', '1') + command('HGETALL', 'secrethash'),
    ['HSET', 'HGETALL'],
    ['integer', 'map of 1'],
  ],
  [command('SADD', 'secretset', 'a') + command('SMEMBERS', 'secretset'), ['SADD', 'SMEMBERS'], ['integer', 'set of 1']],
  [command('ZADD', 'secretz', '1.5', 'a') + command('ZSCORE', 'secretz', 'a'), ['ZADD', 'ZSCORE'], ['integer', 'double']],
  [command('DEBUG', 'PROTOCOL', 'verbatim'), ['DEBUG'], ['verbatim string of 29 bytes']],
  [command('DEBUG', 'PROTOCOL', 'bignum'), ['DEBUG'], ['big number']],
  [command('DEBUG', 'PROTOCOL', 'true'), ['DEBUG'], ['boolean']],
  [command('DEBUG', 'PROTOCOL', 'attrib'), ['DEBUG'], ['attribute of 1']],
  [command('SUBSCRIBE', 'secretchannel'), ['SUBSCRIBE'], ['push']],
];

test('what a client and a server say is told by names, and never what they say of keys and values', needs('redis'), async (t) => {
  const parts = await spoken(
    t,
    exchange.map(([said]) => said),
  );
  assert.equal(parts.length, exchange.length);
  for (const [index, [said, asked, answered]] of exchange.entries()) {
    const answer = parts[index] ?? Buffer.alloc(0);
    assert.deepEqual(messages(said, 6379), asked, said);
    assert.deepEqual(fromServer(answer, 6379), answered, answer.toString('latin1'));
    // on another port only what nothing else looks like is told
    const elsewhere = [messages(said, 7777), fromServer(answer, 7777)];
    const isInline = said.startsWith('PING');
    if (!isInline && !asked.includes('command')) assert.deepEqual(elsewhere[0], asked);
    assert.ok(elsewhere[1] === undefined || JSON.stringify(elsewhere[1]) === JSON.stringify(answered));
    assert.doesNotMatch(JSON.stringify([asked, answered, elsewhere]), /secret[^C]/i);
  }
});

test('a message that is cut is told as far as it goes', () => {
  const set = command('SET', 'secret', 'x'.repeat(5000));
  assert.deepEqual(messages(set.slice(0, 1000), 6379), ['SET']);
  assert.deepEqual(messages(set.slice(0, 1000), 7777), ['SET']);
  assert.deepEqual(fromServer(Buffer.from(`$5000\r\n${'x'.repeat(100)}`), 6379), ['bulk of 5000 bytes']);
  assert.deepEqual(fromServer(Buffer.from('+OK\r\n$10'), 6379), ['OK']);
  assert.deepEqual(messages(`${command('PING')}*2\r\n$3`, 6379), ['PING', 'command']);
});

test('the middle of a value is none of them, nor is other text', () => {
  for (const text of [
    'x'.repeat(100),
    '+ a list item\n+ another\n',
    '- one\r\n- two\r\nthree\r\n',
    '$HOME is where it is\r\n',
    '*** important ***\r\n',
    ':80\r\nabc',
    '%d items\r\n',
    '+OK Hello there\r\nand more',
    '_\r\n_\r\nx',
  ]) {
    assert.equal(messages(text, 6379), undefined, text);
    assert.equal(fromServer(Buffer.from(text), 6379), undefined, text);
    assert.equal(fromServer(Buffer.from(text), 110), undefined, text);
  }
  // POP3 says so, too
  assert.equal(fromServer(Buffer.from('+OK\r\n'), 110), undefined);
  assert.equal(fromServer(Buffer.from('-ERR no such user\r\n'), 110), undefined);
});

function messages(payload: string | Uint8Array, destinationPort: number, sourcePort = 40_000): readonly string[] | undefined {
  const { application } = decodePacket(frameOf(ethernetOf({}, tcp({ sourcePort, destinationPort }, payload))));
  if (application === undefined) return undefined;
  assert.ok(application.type === 'redis');
  return application.messages;
}

function fromServer(payload: Uint8Array, port: number): readonly string[] | undefined {
  return messages(payload, 40_000, port);
}

/** What a server answers to each of what is said, one after the other on one connection. */
async function spoken(t: TestContext, said: readonly string[]): Promise<Buffer[]> {
  const port = await freePort();
  const how = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--enable-debug-command', 'yes'];
  const server: ChildProcess = spawn('redis-server', [...how, '--dir', temporaryFolder(t)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(server, 'close');
  atEnd(t, async () => {
    server.kill('SIGKILL');
    await closed;
  });
  let log = '';
  server.stdout?.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  await until('redis is ready', () => log.includes('Ready to accept connections'));
  const recorder = await Recorder.before(t, port);
  const peer = await dial(t, recorder.port);
  const answers: Buffer[] = [];
  // with the same question behind each, whose answer is known, the end of an answer is known
  for (const text of said) {
    const before = peer.bytes;
    await peer.send(text);
    await until('an answer has come', () => peer.bytes > before);
    await peer.send(command('PING', 'the-end'));
    await until('the end has come', () => peer.received.subarray(before).includes('the-end'));
    const answer = peer.received.subarray(before);
    answers.push(answer.subarray(0, answer.length - endOf(answer)));
  }
  return answers;
}

/** How long the answer to the last question is: a string, or the same in an array of one who subscribed. */
function endOf(answer: Buffer): number {
  const bulk = '$7\r\nthe-end\r\n';
  return bulk.length + (answer.toString('latin1').endsWith(`pong\r\n${bulk}`) ? '>2\r\n$4\r\npong\r\n'.length : 0);
}
