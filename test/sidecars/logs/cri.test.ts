// CRI, as container runtimes write it for Kubernetes: tags, parts, streams, zones, and what is none of it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seeded } from '#harness/random.ts';
import { until } from '#harness/until.ts';
import { messagesOf, readAt, recordsOf } from './recording.ts';
import { append, scene, settle } from './scene.ts';

const time = '2016-10-06T00:17:09.669794202Z';
const settings = { format: 'cri' } as const;
const line = (text: string, tags = 'F', stream = 'stdout') => `${time} ${stream} ${tags} ${text}\n`;

describe('a line', () => {
  test('tells time, stream and message', () => {
    const { records } = recordsOf(line('log content 2') + line('', 'F', 'stderr') + line('  spaces  ') + line('CR\r'), settings);
    const rest = { time, file: 'app.log', host: 'web1' };
    assert.deepEqual(records, [
      { ...rest, message: 'log content 2', stream: 'stdout' },
      { ...rest, message: '', stream: 'stderr' },
      { ...rest, message: '  spaces  ', stream: 'stdout' },
      { ...rest, message: 'CR', stream: 'stdout' },
    ]);
  });

  test('may have a zone, further tags, and no space behind them', () => {
    const { records } = recordsOf(
      '2016-10-06T02:17:09.669794202+02:00 stdout F:x:y one\n2016-10-06T00:17:09Z stderr F\n',
      settings,
    );
    assert.deepEqual(
      records.map(({ time, message }) => [time, message]),
      [
        ['2016-10-06T02:17:09.669794202+02:00', 'one'],
        ['2016-10-06T00:17:09Z', ''],
      ],
    );
  });

  test('what is none is a message as it stands, with its own time where it begins with one', () => {
    const none = [
      ...['', ' ', 'plain', `${time} stdout`, `${time} stdout X text`, `${time} other F text`, `${time}  F text`],
      ...[
        '2016-13-06T00:17:09Z stdout F text',
        '2016-10-06T00:17:09 stdout F text',
        `${time} stdout FF text`,
        `x${time} stdout F x`,
      ],
    ];
    const { records } = recordsOf(`${none.join('\n')}\n`, settings);
    assert.deepEqual(
      records.map(({ message }) => message),
      none,
    );
    assert.deepEqual([records[3]?.time, records[2]?.time], [time, readAt.toISOString()]);
  });
});

describe('parts', () => {
  test('are one record, of each stream for itself', () => {
    const text = [
      line('out 1 ', 'P'),
      line('err 1 ', 'P', 'stderr'),
      line('out 2 ', 'P:x'),
      line('err 2', 'F', 'stderr'),
      line('out 3'),
      line('next'),
    ].join('');
    assert.deepEqual(messagesOf(text, settings), ['out 1 out 2 out 3', 'err 1 err 2', 'next']);
  });

  test('between two of them a character may be cut in two', () => {
    const bytes = Buffer.from('€'.repeat(100));
    const parts: Buffer[] = [];
    for (let from = 0; from < bytes.length; from += 40) {
      const isLast = from + 40 >= bytes.length;
      parts.push(Buffer.from(`${time} stdout ${isLast ? 'F' : 'P'} `), bytes.subarray(from, from + 40), Buffer.from('\n'));
    }
    const file = Buffer.concat(parts);
    assert.deepEqual(messagesOf(file, settings), ['€'.repeat(100)]);
    const { records, repaired } = recordsOf(file, { ...settings, maxLine: 130 });
    assert.equal(records.map(({ message }) => message).join(''), '€'.repeat(100));
    assert.ok(records.length >= 3);
    assert.equal(repaired, 0);
  });
});

test('whatever the bytes are, nothing is lost, and chunks do not matter', (t) => {
  const { below, pick } = seeded(t);
  for (let round = 0; round < 150; round += 1) {
    const parts: Buffer[] = [];
    for (let count = below(20); count >= 0; count -= 1) {
      const text = pick(['', 'a', 'é😀', 'x'.repeat(below(200)), '"\\\t', ' ']);
      const whole = Buffer.from(line(text, pick(['F', 'F', 'P', 'P:y', 'Q']), pick(['stdout', 'stderr', 'stdin'])));
      if (below(4) === 0) for (let hits = 0; hits < 3; hits += 1) whole[below(whole.length)] = below(256);
      parts.push(below(8) === 0 ? whole.subarray(0, below(whole.length)) : whole);
    }
    const file = Buffer.concat(parts);
    const some = { ...settings, maxLine: 64 + below(200) };
    const expected = recordsOf(file, some);
    assert.deepEqual(expected.cursor, { offset: file.length });
    const actual = recordsOf(file, some, { grow: () => 1 + below(200), room: () => 80 + below(1000) });
    assert.equal(actual.text, expected.text, JSON.stringify(file.toString('latin1')));
    // every run of letters of the file is in a record
    const all = expected.records.map(({ message }) => message).join('\n');
    for (const word of file.toString().match(/x{3,}/g) ?? []) assert.ok(all.replaceAll('\n', '').includes(word));
    const lines = file.toString().split('\n');
    if (lines.at(-1) === '') lines.pop();
    assert.ok(expected.records.length <= lines.length + file.length / 32);
  }
});

test('a pod through a real sidecar: parts, streams, a kill in between', async (t) => {
  const { receiver, path, start } = await scene(t);
  append(path('app.log'), line('first') + line('half, ', 'P') + line('error', 'F', 'stderr'));
  const killed = start();
  await receiver.got(1);
  await settle();
  await killed.stop('SIGKILL');
  append(path('app.log'), line('other half') + line('last'));
  start();
  await until('the last arrived', () => receiver.messages.includes('last'));
  assert.deepEqual(new Set(receiver.messages), new Set(['first', 'half, other half', 'error', 'last']));
  assert.deepEqual(new Set(receiver.records.map(({ time }) => time)), new Set([time]));
});
