// What is left out, what is redacted, and that neither depends on where a line is cut.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seeded } from '#harness/random.ts';
import { until } from '#harness/until.ts';
import { findBearers, findCards, findEmails } from '../../../sidecars/logs/record/filter/find.ts';
import { type Redaction, redactions } from '../../../sidecars/logs/record/filter/redaction.ts';
import { Redactor } from '../../../sidecars/logs/record/filter/redactor.ts';
import { ndjson } from '../../../sidecars/logs/record/ndjson.ts';
import { recorderFor } from '../../../sidecars/logs/record/recorders.ts';
import { asIs, followed, messagesOf, recordAll, recordsOf } from './recording.ts';
import { append, scene } from './scene.ts';

/** Numbers that the schemes publish for tests. */
const cards = [
  '4111 1111 1111 1111',
  '5500-0000-0000-0004',
  '378282246310005',
  '4222222222222',
  '6011000990139424',
  '2223003122003222',
];
const redacted = (text: string, ...what: Redaction[]) => new Redactor(what).redact(text);
const found = (find: (text: string) => { from: number; to: number }[], text: string) =>
  find(text).map(({ from, to }) => text.slice(from, to));

describe('what is found', () => {
  test('e-mail addresses', () => {
    const text = 'a <Ann.Lee+x@mail.example.org>, bob@localhost, "c@d.io". @e.org f@ g@-h.org é.ü@straße.de i@j.k l@m.no-p 1@2.3';
    assert.deepEqual(found(findEmails, text), ['Ann.Lee+x@mail.example.org', 'c@d.io', 'é.ü@straße.de', 'l@m.no']);
  });

  test('card numbers, by their length and check digit', () => {
    for (const card of cards) {
      for (const text of [card, `card ${card}, ok`, `12 ${card}`, `${card} 12/29`, `(${card})`, `x${card}x`]) {
        assert.deepEqual(found(findCards, text), [card], text);
      }
    }
    for (const text of [
      ...[
        '4111 1111 1111 1112',
        '4111  1111 1111 1111',
        '411111111111',
        '1700000000000',
        '1700000000000000000',
        '0000000000000000',
      ],
      ...['41111111111111111111111', '4111.1111.1111.1111', `${'4111111111111111'}0000`],
    ])
      assert.deepEqual(found(findCards, text), [], text);
    assert.equal(redacted(cards.join(', '), 'card'), cards.map(() => '[redacted]').join(', '));
  });

  test('bearer tokens and the credentials of Authorization', () => {
    const text = [
      'Authorization: Bearer abc.DEF-1_2~3+/=',
      'bearer\tx, Bearer',
      'authorization=Basic dXNlcjpwYXNz; next',
      '"Authorization": "Digest abc"',
      String.raw`{"log":"{\"authorization\":\"Basic efg\"}"}`,
      'Basic information about tokens',
    ].join('\n');
    assert.deepEqual(found(findBearers, text), ['abc.DEF-1_2~3+/=', 'x', 'dXNlcjpwYXNz', 'abc', 'efg']);
    assert.equal(redacted(text, 'bearer').split('\n')[0], 'Authorization: Bearer [redacted]');
  });

  test('regular expressions; finds that overlap are one; an empty match is none', () => {
    assert.equal(redacted('user=ann id=7', /(?<=user=)\w+/u, /\d/u), 'user=[redacted] id=[redacted]');
    assert.equal(redacted('abcdef', /bcd/u, /cde/u), 'a[redacted]f');
    assert.equal(redacted('aXa', /b*/u, /^/u), 'aXa');
    assert.equal(redacted('é😀x', /😀/u), 'é[redacted]x');
  });

  test('in time that grows with the length alone', () => {
    // one that begins anew at every character does not end today
    for (const text of ['a', '1', '4 ', '@', 'a@', 'a.', 'Bearer ', 'authorization:', '4-', '1@1.']) {
      assert.ok(redacted(text.repeat(300_000 / text.length), 'email', 'card', 'bearer').length > 1000);
    }
  });
});

describe('in JSON', () => {
  const json = (value: unknown) => JSON.parse(new Redactor(['email', 'card', 'bearer']).redactJson(JSON.stringify(value)));

  test('strings are redacted, and numbers; names, and all else, stay', () => {
    assert.deepEqual(
      json({ 'a@b.org': ['x a@b.org "y"', 4111111111111111, -1.5e3, true, null, { n: '\\4111 1111 1111 1111' }] }),
      {
        'a@b.org': ['x [redacted] "y"', '[redacted]', -1500, true, null, { n: '\\[redacted]' }],
      },
    );
    assert.deepEqual(json({ authorization: 'Basic abc', headers: { 'Proxy-Authorization': 'x', a: 'Basic abc' } }), {
      authorization: '[redacted]',
      headers: { 'Proxy-Authorization': '[redacted]', a: 'Basic abc' },
    });
    const escaped = String.raw`{"m":"\u0061@b.or\u0067 \ud800"}`;
    assert.equal(JSON.parse(new Redactor(['email']).redactJson(escaped)).m, '[redacted] \ud800');
    assert.equal(new Redactor(['email']).redactJson(' {"a" : 1.50} '), ' {"a" : 1.50} ');
  });

  test('lines stay JSON, and their members are redacted', () => {
    const redact = redactions.parse('email,card\nsecret\\d');
    const { records } = recordsOf('{"message":"from a@b.org","n":12,"s":["secret1"]}\nno json a@b.org secret2\n', {
      format: 'json',
      redact,
    });
    assert.deepEqual([records[0]?.message, records[0]?.n, records[0]?.s], ['from [redacted]', 12, ['[redacted]']]);
    assert.equal(records[1]?.message, 'no json [redacted] [redacted]');
  });
});

describe('what is left out', () => {
  const text = 'GET /health 200\nGET / 200\nPOST / 500 a@b.org\n';

  test('include, exclude, and both; they see what was written', () => {
    assert.deepEqual(messagesOf(text, { include: [/POST/u, /health/u] }), ['GET /health 200', 'POST / 500 a@b.org']);
    assert.deepEqual(messagesOf(text, { excludeLines: [/health/u, /a@b/u] }), ['GET / 200']);
    assert.deepEqual(messagesOf(text, { include: [/200$/u], excludeLines: [/health/u] }), ['GET / 200']);
    assert.deepEqual(messagesOf(text, { include: [/a@b/u], redact: ['email'] }), ['POST / 500 [redacted]']);
    const { records, filtered, cursor } = recordsOf(text, { excludeLines: [/./u] });
    assert.deepEqual([records, filtered, cursor], [[], 3, { offset: text.length }]);
  });

  test('a record of several lines is judged as one', () => {
    const some = { multiline: { mode: 'indent' }, excludeLines: [/^ b/u] } as const;
    assert.deepEqual(messagesOf('a\n b\n c\nd\n', some), ['a\n b\n c', 'd']);
    assert.deepEqual(messagesOf('a\n b\n c\nd\n', { ...some, excludeLines: [/ b/u] }), ['d']);
  });

  test('a sample is a share of the records, the same ones whenever it is taken', (t) => {
    const { below } = seeded(t);
    const file = Array.from({ length: 20_000 }, (_, index) => `line ${index}\n`).join('');
    const whole = recordsOf(file, { sample: 0.1 });
    assert.ok(whole.records.length > 1800 && whole.records.length < 2200, String(whole.records.length));
    assert.equal(whole.filtered + whole.records.length, 20_000);
    const pieces = recordsOf(file, { sample: 0.1 }, { grow: () => 1 + below(100_000), room: () => 500 + below(10_000) });
    assert.equal(pieces.text, whole.text);
    assert.equal(recordsOf(file, { sample: 0 }).records.length, 0);
  });
});

describe('an overlong line', () => {
  test('is redacted before it is cut: no find is in two pieces', (t) => {
    const { below, pick } = seeded(t);
    for (let round = 0; round < 60; round += 1) {
      const parts: string[] = [];
      for (let length = 0; length < 1500; length += parts.at(-1)?.length ?? 0) {
        parts.push(pick([' ', 'é', '😀', 'word ', 'x'.repeat(below(60)), ` ${'ann@mail.example.org'} `, ` ${cards[0]} `]));
      }
      const line = parts.join('');
      const some = { maxLine: 64 + below(100), redact: ['email', 'card'] as const };
      const giving = { grow: () => 1 + below(700), room: () => 200 + below(800) };
      for (const format of ['plain', 'docker', 'cri'] as const) {
        const size = 40 + below(40);
        const file = { plain: () => `${line}\n`, docker: () => dockerOf(line, size), cri: () => criOf(line, size) }[format]();
        const { records } = recordsOf(file, { ...some, format }, giving);
        const message = records.map((record) => record.message).join('');
        assert.ok(records.length > 5);
        assert.equal(message, redacted(line, 'email', 'card'), `${format} ${some.maxLine} ${line}`);
        assert.deepEqual(
          records.map(({ partial_ordinal }) => partial_ordinal),
          records.map((_, index) => index + 1),
        );
      }
    }
  });

  test('at the greatest length that the pump reads in one go', () => {
    const line = `${'x '.repeat(2 ** 17 - 10)}ann@mail.example.org ${'y '.repeat(2 ** 17)}`;
    const found = messagesOf(`${line}\nnext\n`, { redact: ['email'] });
    assert.equal(found.slice(0, -1).join(''), redacted(line, 'email'));
    assert.ok(found.length === 4, String(found.length));
  });

  test('is judged by its first piece, all of it; also where a restart comes between', (t) => {
    const file = Buffer.from(`${'drop '.repeat(100)}\n${'keep '.repeat(100)}\nlast\n`);
    const some = { maxLine: 100, excludeLines: [/^drop/u] };
    const { records, filtered, cursors } = recordsOf(file, some);
    assert.equal(records.map(({ message }) => message).join(''), `${'keep '.repeat(100)}last`);
    assert.equal(filtered, 1);
    for (const from of cursors) {
      const recorder = recorderFor(followed(t, file), ndjson('web1', {}), { ...asIs, ...some });
      const again = recordAll(recorder, file, 100, { from }).records.map(({ message }) => message);
      assert.ok(!again.join('').includes('drop') && again.at(-1) === (from.offset < file.length ? 'last' : undefined));
    }
  });

  test('of a container is judged by its first piece, all of it; also where a restart comes between', (t) => {
    const file = Buffer.from(`${dockerOf('drop '.repeat(100), 50)}${dockerOf('keep', 50)}`);
    const some = { format: 'docker', maxLine: 100, excludeLines: [/^drop/u] } as const;
    const { records, filtered, cursors } = recordsOf(file, some);
    assert.deepEqual([records.map(({ message }) => message), filtered], [['keep'], 1]);
    for (const from of cursors.slice(0, -1)) {
      const recorder = recorderFor(followed(t, file), ndjson('web1', {}), { ...asIs, ...some });
      assert.deepEqual(
        recordAll(recorder, file, 100, { from }).records.map(({ message }) => message),
        ['keep'],
      );
    }
  });
});

function dockerOf(text: string, size: number): string {
  const parts = [...`${text}\n`.matchAll(new RegExp(`[^]{1,${size}}`, 'gu'))].map(([part]) => part);
  return parts.map((log) => `${JSON.stringify({ log, stream: 'stdout', time: '2026-01-02T03:04:05Z' })}\n`).join('');
}

function criOf(text: string, size: number): string {
  const parts = [...text.matchAll(new RegExp(`[^]{1,${size}}`, 'gu'))].map(([part]) => part);
  return parts.map((part, index) => `2026-01-02T03:04:05Z stdout ${index === parts.length - 1 ? 'F' : 'P'} ${part}\n`).join('');
}

test('filters with a real sidecar: left out, redacted, counted, and done with', async (t) => {
  const { receiver, path, start } = await scene(t, '*.log', {
    ...{ LOGS_EXCLUDE_LINES: 'health\n^debug', LOGS_REDACT: 'email,card\npass=\\S+', LOGS_ADMIN: '127.0.0.1:0' },
  });
  append(path('app.log'), 'GET /health\nfrom a@b.org pass=x 4111 1111 1111 1111\ndebug\n');
  const first = start();
  await receiver.got(1);
  const metrics = async () => (await fetch(`http://${(await first.admin()).replace(/^http:\/\//, '')}/metrics`)).text();
  await until('two lines are counted', async () => /sidekick_logs_filtered_total\S* 2\n/.test(await metrics()));
  assert.equal((await first.stop()).code, 0);
  append(path('app.log'), 'after\n');
  start();
  await receiver.got(2);
  assert.deepEqual(receiver.messages, ['from [redacted] [redacted] [redacted]', 'after']);
});
