import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Random, seeded } from '#harness/random.ts';
import type { Followed } from '../../../sidecars/logs/follow/followed.ts';
import { bulkFormat } from '../../../sidecars/logs/record/bulk-format.ts';
import { containerLines, type Wrapping } from '../../../sidecars/logs/record/container-lines.ts';
import type { LineFormat } from '../../../sidecars/logs/record/format.ts';
import { GeneralRecorder } from '../../../sidecars/logs/record/general.ts';
import { lokiFormat } from '../../../sidecars/logs/record/loki-format.ts';
import { ndjson } from '../../../sidecars/logs/record/ndjson.ts';
import { cri } from '../../../sidecars/logs/record/parse/cri.ts';
import { docker } from '../../../sidecars/logs/record/parse/docker.ts';
import { QuickRecorder } from '../../../sidecars/logs/record/quick.ts';
import { hasPlaceForTime } from '../../../sidecars/logs/record/timed.ts';
import { recordInArena, recordsIn } from './in-arena.ts';

const file = { id: '1:2', label: '/a', fd: undefined } as Followed;
const maxLine = 2000;

function general(format: LineFormat, wrapping: Wrapping): GeneralRecorder {
  const options = {
    maxLine,
    multilineWait: 1000,
    parse: { docker, cri }[wrapping],
    bare: false,
    joiner: undefined,
    filter: undefined,
    taken: new Set<string>(),
  };
  return new GeneralRecorder(file, format, options);
}

function quick(format: LineFormat, wrapping: Wrapping): QuickRecorder {
  const slow = general(format, wrapping);
  return new QuickRecorder(containerLines(wrapping, file, maxLine, format, slow), slow);
}

const lines = {
  docker: (text: string, whole: boolean, stream: string, time: string) =>
    `{"log":${JSON.stringify(whole ? `${text}\n` : text)},"stream":"${stream}","time":"${time}"}\n`,
  cri: (text: string, whole: boolean, stream: string, time: string) =>
    `${time} ${stream} ${whole ? 'F' : 'P'} ${text.replaceAll('\n', ' ')}\n`,
};

const parts = [
  ...[
    'GET / HTTP/1.1 ',
    'a',
    'a long text without anything special in it, longer than a vector ',
    '"',
    '\\',
    '\\\\"',
    '\t',
    '\r',
    '\r\n',
  ],
  ...['\0', '\u001b[0m', 'ä', '漢字', '😀', '\ufeff', '<a&b>', '\\n', '{"level":"info","msg":"x"}', '\u2028'],
];
const times = [
  '2026-01-02T03:04:05Z',
  '2024-02-29T23:59:59.1Z',
  '2026-12-31T00:00:00.123456789Z',
  '2026-01-02T03:04:05.000001Z',
  '2026-01-02T03:04:05.6+05:30',
];
const oddDocker = [
  'plain text\n',
  '\n',
  '{"log":"x","stream":"stdout"}\n',
  '{"stream":"stdout","log":"x\\n","time":"2026-01-02T03:04:05Z"}\n',
  '{"log":"with attrs\\n","stream":"stderr","attrs":{"a":"b"},"time":"2026-01-02T03:04:05Z"}\n',
  '{"log":"no day\\n","stream":"stdout","time":"2026-02-30T03:04:05Z"}\n',
  '{"log":"a zone\\n","stream":"stdout","time":"2026-02-03T03:04:05+01:00"}\n',
  '{"log":"bad \\x escape\\n","stream":"stdout","time":"2026-02-03T03:04:05Z"}\n',
  '{"log":"bad \\u12 escape\\n","stream":"stdout","time":"2026-02-03T03:04:05Z"}\n',
  '{"log":"a raw \t tab\\n","stream":"stdout","time":"2026-02-03T03:04:05Z"}\n',
  '{"log":"alone \\ud800 half\\n","stream":"stdout","time":"2026-02-03T03:04:05Z"}\n',
  '{"log":"escaped \\u003c\\/ and \\u000a","stream":"stdout","time":"2026-02-03T03:04:05Z"}\n',
  '{"log":"quoted","x":"","stream":"stdout","time":"2026-02-03T03:04:05Z"}\n',
  '{"log":"eats its end \\","stream":"stdout","time":"2026-02-03T03:04:05Z"}\n',
  '{"log":"other\\n","stream":"stdin","time":"2026-02-03T03:04:05Z"}\n',
  '{"log":"CRLF\\n","stream":"stdout","time":"2026-02-03T03:04:05Z"}\r\n',
  lines.docker('too long '.repeat(300), true, 'stdout', '2026-02-03T03:04:05Z'),
];
const oddCri = [
  'plain text\n',
  '\n',
  '2026-02-03T03:04:05Z\n',
  '2026-02-03T03:04:05Z stdout\n',
  '2026-02-03T03:04:05Z stdout F\n',
  '2026-02-03T03:04:05Z stdout F \n',
  '2026-02-03T03:04:05Z stdout P \n',
  '2026-02-03T03:04:05Z stderr F:more:tags text\n',
  '2026-02-03T03:04:05Z stderr P:x a part\n',
  '2026-02-03T03:04:05Z stdout X text\n',
  '2026-02-03T03:04:05Z stdin F text\n',
  '2026-02-30T03:04:05Z stdout F no day\n',
  '2026-02-03 03:04:05Z stdout F a space in its time\n',
  '2026-02-03T03:04:05+0100 stdout F a zone without a colon\n',
  '2026-02-03T03:04:05Z stdout F two ends\r\r\n',
  '2026-02-03T03:04:05Z stdout F three ends\r\r\r\n',
  '2026-02-03T03:04:05Z stdout P a part with an end\r\n',
  '2026-02-03T03:04:05Z stdout F \r\n',
  lines.cri('too long '.repeat(300), true, 'stdout', '2026-02-03T03:04:05Z'),
];
const odd = { docker: oddDocker, cri: oddCri };

function randomFile({ below, pick }: Random, wrapping: Wrapping): Buffer {
  const texts: Buffer[] = [];
  for (let count = 1 + below(30); count > 0; count -= 1) {
    if (below(15) === 0) texts.push(Buffer.from(pick(odd[wrapping])));
    else {
      const text = Array.from({ length: below(6) }, () => pick(parts)).join('');
      const stream = below(4) === 0 ? 'stderr' : 'stdout';
      const bytes = Buffer.from(lines[wrapping](text, below(12) > 0, stream, pick(times)));
      // what Docker never writes, and others may: bytes that are no UTF-8
      if (below(20) === 0) bytes[8 + below(bytes.length - 9)] = 0x80 + below(128);
      texts.push(bytes);
    }
  }
  return Buffer.concat(texts);
}

for (const wrapping of ['docker', 'cri'] as const) {
  describe(`lines in the form of ${wrapping}`, () => {
    test('as the general recorder makes records of them, at every size of chunk and room', (t) => {
      const random = seeded(t);
      const format = ndjson('h', { app: 'web' });
      for (let round = 0; round < 1500; round += 1) {
        const input = randomFile(random, wrapping);
        const giving = { grow: 1 + random.below(2 * input.length), room: 400 + random.below(4000) };
        const wanted = recordInArena(general(format, wrapping), input, giving);
        const made = recordInArena(quick(format, wrapping), input, giving);
        assert.deepEqual(recordsIn(made.text), recordsIn(wanted.text), `${JSON.stringify(giving)}: ${input}`);
        assert.equal(made.repaired, wanted.repaired, `${input}`);
      }
    });

    test('in Loki, each stream in its group, with the same stamps', (t) => {
      const random = seeded(t);
      const loki = () => lokiFormat({ host: 'h', labels: {}, fields: ['file', 'stream'] });
      for (let round = 0; round < 500; round += 1) {
        const input = randomFile(random, wrapping);
        // with room for all: a piece that was written in vain, because the next did not fit, has used up a stamp
        const giving = { grow: 1 + random.below(2 * input.length) };
        const wanted = recordInArena(general(loki(), wrapping), input, giving);
        const made = recordInArena(quick(loki(), wrapping), input, giving);
        const values = ({ text }: typeof made) => JSON.parse(`[${text.slice(0, -1)}]`);
        assert.deepEqual(values(made), values(wanted), `${JSON.stringify(giving)}: ${input}`);
        assert.deepEqual(made.groups, wanted.groups, `${JSON.stringify(giving)}: ${input}`);
      }
    });
  });
}

describe('lines that a container runtime wrapped', () => {
  test('the bytes of a value of Docker stay as they are', () => {
    const input = Buffer.from(
      '{"log":"\\u003ca\\u003e \\/ \\"q\\" \\\\ ä\\r\\n","stream":"stderr","time":"2026-02-03T03:04:05.6Z"}\n',
    );
    const format = ndjson('h', {});
    const { text } = recordInArena(quick(format, 'docker'), input);
    assert.equal(
      text,
      '{"time":"2026-02-03T03:04:05.6Z","message":"\\u003ca\\u003e \\/ \\"q\\" \\\\ ä","file":"/a","host":"h","stream":"stderr"}\n',
    );
  });

  test('in formats in which the time stands as it is told', () => {
    assert.equal(hasPlaceForTime(ndjson('h', {})), true);
    assert.equal(hasPlaceForTime(bulkFormat('h', {})), true);
    assert.equal(hasPlaceForTime(lokiFormat({ host: 'h', labels: {}, fields: ['stream'] })), true);
    assert.equal(
      hasPlaceForTime({ ...ndjson('h', {}), envelope: () => ({ prefix: Buffer.from('"'), suffix: Buffer.from('"\n') }) }),
      false,
    );
  });

  test('documents of Elasticsearch keep numbers of their own', () => {
    const format = bulkFormat('h', {});
    const input = Buffer.from(
      Array.from({ length: 12 }, (_, number) =>
        lines.docker(String(number), true, number % 3 === 0 ? 'stderr' : 'stdout', '2026-01-02T03:04:05Z'),
      ).join(''),
    );
    const { text } = recordInArena(quick(format, 'docker'), input, { room: 900 });
    const rows = recordsIn(text) as { create?: { _id: string }; message?: string }[];
    assert.equal(new Set(rows.flatMap(({ create }) => (create ? [create._id] : []))).size, 12);
    assert.deepEqual(
      rows.flatMap(({ message }) => message ?? []),
      Array.from({ length: 12 }, (_, number) => String(number)),
    );
  });
});
