// What a file holds is found out, times are read, and the recorder that does everything does what the fast one does.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Random, seeded } from '#harness/random.ts';
import { until } from '#harness/until.ts';
import { type Content, contentOf } from '../../../sidecars/logs/record/content.ts';
import { GeneralRecorder } from '../../../sidecars/logs/record/general.ts';
import { joinerOf } from '../../../sidecars/logs/record/multiline/rules.ts';
import { ndjson } from '../../../sidecars/logs/record/ndjson.ts';
import { plain } from '../../../sidecars/logs/record/parse/plain.ts';
import { fromEpoch, rfc3339 } from '../../../sidecars/logs/record/parse/time.ts';
import { PlainRecorder } from '../../../sidecars/logs/record/plain.ts';
import { asIs, readAt, recordAll, recordsOf, unread } from './recording.ts';
import { append, scene } from './scene.ts';

const dockerLine = '{"log":"hello\\n","stream":"stdout","time":"2026-01-02T03:04:05.678901234Z"}\n';
const criLine = '2016-10-06T00:17:09.669794202Z stdout F hello\n';

describe('times', () => {
  test('ISO 8601 with a zone becomes RFC 3339', () => {
    const times = {
      '2026-01-02T03:04:05.678Z': '2026-01-02T03:04:05.678Z',
      '2026-01-02 03:04:05,678+01:00': '2026-01-02T03:04:05.678+01:00',
      '2026-01-02t03:04:05z': '2026-01-02T03:04:05Z',
      '2026-01-02T03:04:05+0530': '2026-01-02T03:04:05+05:30',
      '2026-01-02T03:04:05-08': '2026-01-02T03:04:05-08:00',
      '2026-01-02 03:04:05.678 UTC': '2026-01-02T03:04:05.678Z',
      '2024-02-29T23:59:59.123456789123Z': '2024-02-29T23:59:59.123456789Z',
    };
    for (const [text, time] of Object.entries(times)) assert.equal(rfc3339(text), time);
  });

  test('what is no time, has no zone, or that no clock shows, is none', () => {
    for (const text of [
      ...[
        '',
        'yesterday',
        '2026-01-02',
        '2026-01-02T03:04:05',
        '2026-01-02T03:04:05.Z',
        '2026-01-02T03:04Z',
        '12026-01-02T03:04:05Z',
      ],
      ...['2026-02-30T03:04:05Z', '2026-13-02T03:04:05Z', '2026-01-02T24:00:00Z', '2026-01-02T03:60:05Z', '2026-01-02T03:04:61Z'],
      ...['2026-01-02T03:04:05+25:00', '2026-01-02T03:04:05Zebra', ' 2026-01-02T03:04:05Z', '2026-01-02T03:04:05Z '],
    ])
      assert.equal(rfc3339(text), undefined, text);
  });

  test('seconds, milliseconds, micro- and nanoseconds since 1970 are told apart by their size', () => {
    const time = '2023-11-14T22:13:20.000Z';
    for (const number of [17e8, 17e11, 17e14, 17e17]) assert.deepEqual(fromEpoch(number), { time, exact: true }, String(number));
    assert.deepEqual(fromEpoch(1_700_000_000.5), { time: '2023-11-14T22:13:20.500Z', exact: true });
    assert.equal(fromEpoch(1_700_000_000.123456)?.exact, false);
    for (const number of [0, -1, 200, 1e7, 1e21, Number.NaN, Number.POSITIVE_INFINITY])
      assert.equal(fromEpoch(number), undefined);
  });

  test('the time at the start of a plain line is that of its record; the message stays whole', () => {
    const { records } = recordsOf('2026-01-02 03:04:05,678+01:00 one\ntwo\n[2026-01-02T03:04:05Z] three\n', {});
    assert.deepEqual(
      records.map(({ time, message }) => [time, message]),
      [
        ['2026-01-02T03:04:05.678+01:00', '2026-01-02 03:04:05,678+01:00 one'],
        [readAt.toISOString(), 'two'],
        [readAt.toISOString(), '[2026-01-02T03:04:05Z] three'],
      ],
    );
  });
});

describe('what a file holds', () => {
  const of = (text: string, all = false): Content | undefined => contentOf(Buffer.from(text), all);
  const held = (text: string, all = true) => of(text, all)?.format;

  test('Docker and CRI are told by a first line that has all that belongs to it', () => {
    assert.equal(held(dockerLine), 'docker');
    assert.equal(held(criLine), 'cri');
    assert.equal(held('2016-10-06T00:17:09.669794202+02:00 stderr P:x hello\n'), 'cri');
  });

  test('all else is plain', () => {
    for (const text of [
      '{"log":"x"}\n',
      '{"log":"hello\\n","stream":"stdout"}\n',
      '{"stream":"stdout","log":"hello\\n","time":"2026-01-02T03:04:05Z"}\n',
      '{"level":"info","msg":"log"}\n',
      '2016-10-06T00:17:09.669794202Z INFO F hello\n',
      '2016-10-06T00:17:09.669794202Z stdout X hello\n',
      'stdout F hello\n',
      '',
      '\n',
      `plain\n${dockerLine}`,
    ])
      assert.equal(held(text), 'plain', text);
  });

  test('a first line that is not whole yet is waited for where it may tell', () => {
    for (const text of ['', '{', '{"log":"hel', '2', '2026-01-02T03:04:05Z std']) assert.equal(of(text), undefined, text);
    for (const text of ['[', '{"level"', 'hello', '12345', '20x'])
      assert.deepEqual(of(text), { format: 'plain', dated: false }, text);
    assert.deepEqual(of('{"log":"hel', true), { format: 'plain', dated: false });
  });

  test('lines with their time are found behind others', () => {
    assert.deepEqual(of('a banner\n\n2026-01-02T03:04:05Z hello\n'), { format: 'plain', dated: true });
    assert.deepEqual(of(`${'a long banner\n'.repeat(50)}2026-01-02T03:04:05Z hello\n`), { format: 'plain', dated: false });
  });
});

test('auto: each file by what it holds, with a real sidecar, also across a restart', async (t) => {
  const { receiver, path, start } = await scene(t);
  append(path('docker.log'), dockerLine);
  append(path('cri.log'), criLine.replace('hello', 'from cri'));
  append(path('plain.log'), '{"level":"info"}\n');
  append(path('dated.log'), '2026-01-02T03:04:05Z dated\n');
  append(path('half.log'), '{"log":"in two ');
  const first = start();
  await receiver.got(4);
  append(path('half.log'), 'halves\\n","stream":"stderr","time":"2026-01-02T03:04:05Z"}\n');
  await receiver.got(5);
  await first.stop();
  append(path('docker.log'), dockerLine.replace('hello', 'again'));
  append(path('cri.log'), criLine.replace('hello', 'again from cri'));
  start();
  await receiver.got(7);
  const found = Object.fromEntries(receiver.records.map(({ message, time, stream }) => [message, [time, stream]]));
  const docker = ['2026-01-02T03:04:05.678901234Z', 'stdout'];
  const cri = ['2016-10-06T00:17:09.669794202Z', 'stdout'];
  assert.deepEqual(
    { ...found, '{"level":"info"}': undefined },
    {
      hello: docker,
      again: docker,
      'from cri': cri,
      'again from cri': cri,
      '2026-01-02T03:04:05Z dated': ['2026-01-02T03:04:05Z', undefined],
      'in two halves': ['2026-01-02T03:04:05Z', 'stderr'],
      '{"level":"info"}': undefined,
    },
  );
});

test('a file that is named docker is Docker from its first line on, and what is no line of it is a message', async (t) => {
  const { receiver, path, start } = await scene(t, '*.log', { LOGS_FORMAT: 'docker' });
  append(path('app.log'), `no json\n${dockerLine}{"log":1}\n`);
  start();
  await until('all arrived', () => receiver.messages.length === 3);
  assert.deepEqual(receiver.messages, ['no json', 'hello', '{"log":1}']);
});

/** Lines of all lengths around a bound, with all line ends, some of them ill-formed. */
function randomFile({ below, pick }: Random, maxLine: number): Buffer {
  const characters = ['a', 'b', ' ', '\t', '\r', 'ä', '€', '😀', '"', '\\', '\0'].map((text) => Buffer.from(text));
  const parts: Buffer[] = [];
  for (let line = below(10); line >= 0; line -= 1) {
    const length = pick([0, 1, below(maxLine), below(maxLine), maxLine - 1, maxLine, maxLine + 1, below(4 * maxLine)]);
    for (let used = 0; used < length; ) {
      const next = below(30) === 0 ? Buffer.from([below(256)]) : pick(characters);
      parts.push(next);
      used += next.length;
    }
    if (line > 0 || below(2) === 0) parts.push(Buffer.from(pick(['\n', '\n', '\r\n', '\n\n'])));
  }
  return Buffer.concat(parts);
}

test('the general recorder makes of plain lines what the fast one makes, of any chunks and in any room', (t) => {
  const random = seeded(t);
  const format = ndjson('web1', { app: 'x' });
  const options = { ...asIs, parse: plain, bare: true, filter: undefined, taken: new Set<string>() };
  for (let round = 0; round < 100; round += 1) {
    const maxLine = 64 + random.below(60);
    const joiner = random.below(2) === 0 ? undefined : joinerOf({ mode: 'indent' });
    const file = randomFile(random, maxLine);
    const giving = {
      grow: () => 1 + random.below(300),
      room: () => 100 + random.below(2000),
      final: random.below(4) > 0,
    };
    const general = new GeneralRecorder(unread, format, { ...options, maxLine, joiner });
    const fast = new PlainRecorder(unread, maxLine, format, joiner?.());
    const expected = recordAll(fast, file, maxLine, { final: giving.final });
    const actual = recordAll(general, file, maxLine, giving);
    const about = `maxLine ${maxLine} ${joiner?.name} ${JSON.stringify(file.toString('latin1'))}`;
    // the fast one sees by the first byte of a line that is not whole that it goes on with nothing
    if (giving.final || joiner === undefined) assert.equal(actual.text, expected.text, about);
    else assert.ok(expected.text.startsWith(actual.text), about);
    if (giving.final) assert.deepEqual([actual.cursor, actual.repaired], [expected.cursor, expected.repaired], about);
  }
});
