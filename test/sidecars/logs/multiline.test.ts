// Which lines are one record: traces of Java, Python, Go and Node, indented lines, regular expressions; in any chunks, on any format, across a kill.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seeded } from '#harness/random.ts';
import { until } from '#harness/until.ts';
import { type Multiline, multiline } from '../../../sidecars/logs/record/multiline/mode.ts';
import { ndjson } from '../../../sidecars/logs/record/ndjson.ts';
import { noProgress } from '../../../sidecars/logs/record/recorder.ts';
import { recorderFor } from '../../../sidecars/logs/record/recorders.ts';
import { asIs, followed, messagesOf, readAt, recordAll, unread } from './recording.ts';
import { append, scene, settle } from './scene.ts';

const java = [
  `Exception in thread "main" java.lang.IllegalStateException: A book has a null property
	at com.example.myproject.Author.getBookIds(Author.java:38)
	at com.example.myproject.Bootstrap.main(Bootstrap.java:14)
	at app//com.example.Lambda$$Lambda/0x00007f.run(Unknown Source)
Caused by: java.lang.NullPointerException: null
	at com.example.myproject.Book.getId(Book.java:22)
	... 1 more
	Suppressed: java.io.IOException: closing
		at com.example.Resource.close(Resource.java:26)
		... 17 common frames omitted
	Caused by: java.lang.Error
		at com.example.X.y(X.java:1)`,
  `2026-01-02 03:04:05.678 ERROR 1 --- [nio-8080] o.a.c.c.C.[.[.[/] : Servlet.service() threw exception
	at jdk.internal.reflect.DirectMethodHandleAccessor.invoke(DirectMethodHandleAccessor.java:103) ~[na:na]
	- locked <0x00000000> (a java.lang.Object)`,
  `javax.servlet.ServletException: Something bad happened
    at com.example.myproject.OpenSessionInViewFilter.doFilter(OpenSessionInViewFilter.java:60)
    nested exception is: java.lang.Error: x
    at a.b.c(d.java:1)`,
];
const python = [
  `Traceback (most recent call last):
  File "/app/main.py", line 12, in <module>
    run()
    ~~~^^
  File "/app/main.py", line 8, in run
    raise ValueError("bad value: 3")
ValueError: bad value: 3`,
  `Traceback (most recent call last):
  File "/app/a.py", line 1, in f
    g()
KeyError: 'x'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/a.py", line 3, in <module>
    raise RuntimeError from None
package.module.CustomError: first line
  second line, indented

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/app/a.py", line 5, in <module>
KeyboardInterrupt`,
  `ERROR:root:failed Traceback (most recent call last):
  File "x.py", line 1, in <module>
ZeroDivisionError: division by zero`,
  `  + Exception Group Traceback (most recent call last):
  |   File "x.py", line 1, in <module>
  | ExceptionGroup: two (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | ValueError: 1
    +------------------------------------`,
];
const go = [
  `panic: runtime error: invalid memory address or nil pointer dereference [recovered]
	panic: again
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x47b2c1]

goroutine 1 [running]:
main.(*server).handle(0xc0000b2000, {0x4b8f60, 0xc00001c0a8})
	/app/main.go:24 +0x1d
panic({0x46f2e0?, 0x4f1b50?})
	/usr/local/go/src/runtime/panic.go:770 +0x132
created by main.main in goroutine 1
	/app/main.go:10 +0x5e

goroutine 18 gp=0xc000002380 m=0 mp=0x5 [IO wait, 2 minutes, locked to thread]:
internal/poll.runtime_pollWait(0x7f, 0x72)
	/usr/local/go/src/runtime/netpoll.go:345 +0x85
...additional frames elided...
exit status 2`,
  `2026/01/02 03:04:05 http: panic serving 127.0.0.1:50222: boom
goroutine 35 [running]:
net/http.(*conn).serve.func1()
	/usr/local/go/src/net/http/server.go:1903 +0xbe`,
  `fatal error: all goroutines are asleep - deadlock!

goroutine 1 [chan receive]:
main.main()
	/app/main.go:5 +0x28`,
];
const node = [
  `Error: boom
    at Object.<anonymous> (/app/x.js:10:11)
    at async run (node:internal/modules/run_main:171:5) {
  code: 'EBOOM',
  [cause]: TypeError: inner
      at f (/app/x.js:2:9) {
    errno: -2
  }
}`,
  `/app/x.js:10
  throw new Error('boom');
  ^

Error: boom
    at Object.<anonymous> (/app/x.js:10:11)
    at Module._compile (node:internal/modules/cjs/loader:1554:14)

Node.js v26.0.0`,
  `[12:00:00] ERROR: request failed TypeError: x is not a function
    at handler (file:///app/server.js:5:3)`,
  `Error: ENOENT: no such file {
  errno: -2,
  path: '/nope'
}`,
];
const corpora = { java, python, go, node };
/** Lines that have nothing to do with a trace. */
const others = ['2026-01-02 03:04:05 INFO started', 'GET / 200', 'at the end', '{"level":"info"}', '}', 'user: 7', 'x'];

describe('traces', () => {
  for (const mode of ['java', 'python', 'go', 'node'] as const) {
    test(`each of ${mode} is one record between lines that are not`, () => {
      for (const trace of corpora[mode]) {
        const text = `before\n${trace}\nafter, no part\nafter that\n`;
        const found = messagesOf(text, { multiline: { mode } });
        assert.deepEqual(found, ['before', trace, 'after, no part', 'after that']);
        const crlf = messagesOf(text.replaceAll('\n', '\r\n'), { multiline: { mode } });
        assert.deepEqual(
          crlf.map((message) => String(message).replaceAll('\r\n', '\n')),
          found,
        );
      }
    });

    test(`lines that are no trace are records of their own: ${mode}`, () => {
      assert.deepEqual(messagesOf(`${others.join('\n')}\n`, { multiline: { mode } }), others);
    });
  }

  test('behind an exception of Python, or a goroutine, a blank line is part of the trace', () => {
    for (const mode of ['python', 'go'] as const) {
      const [trace = ''] = corpora[mode];
      const text = mode === 'go' ? trace.replace('\nexit status 2', '') : trace;
      assert.deepEqual(messagesOf(`${text}\n\nnext\n`, { multiline: { mode } }), [`${text}\n`, 'next']);
    }
  });
});

test('indent: lines that begin with a space or a tab go on', () => {
  const text = ' first\na\n b\n\tc\n\n d\ne\n';
  assert.deepEqual(messagesOf(text, { multiline: { mode: 'indent' } }), [' first', 'a\n b\n\tc', '\n d', 'e']);
});

test('regex: lines that match begin a record, all others go on', () => {
  const mode: Multiline = multiline.parse('regex:^\\[é?\\d+\\]');
  assert.deepEqual(messagesOf('x\n[1] a\nb\n\nc\n[é2] d\n', { multiline: mode }), ['x', '[1] a\nb\n\nc', '[é2] d']);
  assert.deepEqual(messagesOf('a\n\nb\n', { multiline: multiline.parse('regex:^$') }), ['a', '\nb']);
});

test('a record of joined lines ends where it would be longer than LOGS_MAX_LINE, on every format', () => {
  const text = `a\n${' 1234567890\n'.repeat(12)}b\n`;
  for (const include of [[], [/^/]]) {
    const found = messagesOf(text, { multiline: { mode: 'indent' }, maxLine: 64, include }).map(String);
    assert.equal(`${found.join('\n')}\n`, text);
    assert.deepEqual(
      found.map(({ length }) => length),
      [61, 59, 23, 1],
    );
  }
});

describe('on top of a container runtime', () => {
  const time = '2016-10-06T00:17:09.669794202Z';
  const wrap = {
    docker: (text: string, stream: string) => `${JSON.stringify({ log: `${text}\n`, stream, time })}\n`,
    cri: (text: string, stream: string) => `${time} ${stream} F ${text}\n`,
  };
  for (const format of ['docker', 'cri'] as const) {
    test(`lines of one stream are joined, while others come between: ${format}`, () => {
      const [first = '', second = ''] = java.map((trace) => trace);
      const out = `start\n${first}\nend`.split('\n');
      const err = `${second}\nlast`.split('\n');
      let text = '';
      for (let index = 0; index < Math.max(out.length, err.length); index += 1) {
        if (out[index] !== undefined) text += wrap[format](out[index] ?? '', 'stdout');
        if (err[index] !== undefined) text += wrap[format](err[index] ?? '', 'stderr');
      }
      const some = { format, multiline: { mode: 'java' } } as const;
      const found = messagesOf(text, some);
      assert.deepEqual(new Set(found), new Set(['start', first, 'end', second, 'last']));
      assert.equal(found.length, 5);
      assert.deepEqual(messagesOf(text, some, { grow: () => 37, room: () => 2500 }), found);
    });
  }

  test('a record of a stream that says nothing more does not keep the other waiting for ever', () => {
    const settings = { ...asIs, format: 'cri', multiline: { mode: 'java' }, multilineWait: 1000 } as const;
    const recorder = recorderFor(unread, ndjson('web1', {}), settings);
    let file = wrap.cri('of stdout', 'stdout');
    const output = Buffer.alloc(2 ** 16);
    const progress = noProgress();
    let offset = 0;
    const counts: number[] = [];
    for (let second = 0; second < 4; second += 1) {
      file += wrap.cri(`of stderr ${second}`, 'stderr');
      const chunk = Buffer.from(file).subarray(offset);
      const at = new Date(readAt.getTime() + 900 * second);
      const stretch = { chunk, from: 0, to: chunk.length, cursor: { offset }, final: 'no', time: at } as const;
      recorder.record(stretch, output, 0, output.length, progress);
      offset += progress.consumed;
      counts.push(progress.records);
    }
    // what it said, and all lines of the other but the newest
    assert.deepEqual(counts, [0, 0, 0, 4]);
    assert.equal(recorder.holds, true);
  });
});

test('JSON objects are records by themselves, lines between them are joined', () => {
  const text = '{"message":"a"}\nTrace\n\tat x\n{"message":"b"}\n\tat y\n';
  assert.deepEqual(messagesOf(text, { format: 'json', multiline: { mode: 'java' } }), ['a', 'Trace\n\tat x', 'b', '\tat y']);
});

test('chunks, room and the way it is recorded do not matter', (t) => {
  const { below, pick } = seeded(t);
  for (let round = 0; round < 60; round += 1) {
    const mode = pick(['java', 'python', 'go', 'node'] as const);
    const pieces = Array.from({ length: 2 + below(6) }, () => pick([...corpora[mode], ...others, '']));
    const text = `${pieces.join(pick(['\n', '\r\n']))}\n`;
    const some = { multiline: { mode }, maxLine: pick([400, 2 ** 18]) } as const;
    const expected = messagesOf(text, some);
    const giving = () => ({ grow: () => 1 + below(400), room: () => 200 + below(3000) });
    assert.deepEqual(messagesOf(text, some, giving()), expected);
    // the general recorder, since there is a filter
    assert.deepEqual(messagesOf(text, { ...some, include: [/^/u] }, giving()), expected);
    assert.equal(expected.join('\n').replaceAll('\r', ''), text.replaceAll('\r', '').slice(0, -1));
  }
});

test('killed anywhere, it loses nothing: streams that interleave, lines that are cut, traces', (t) => {
  const { below, pick } = seeded(t);
  for (let round = 0; round < 25; round += 1) {
    const lines: string[] = [];
    const middle = new Set<string>();
    for (let count = 4 + below(25); count > 0; count -= 1) {
      const stream = pick(['stdout', 'stderr']);
      // what follows a part of a line goes on with it
      const start = middle.has(stream) ? '' : pick(['', '\tat ', 'Caused by: ']);
      const tag = pick(['F', 'F', 'P']);
      if (tag === 'P') middle.add(stream);
      else middle.delete(stream);
      lines.push(`2016-10-06T00:17:09Z ${stream} ${tag} ${start}<${count}>${'x'.repeat(below(40))}\n`);
    }
    const file = Buffer.from(lines.join(''));
    const settings = { ...asIs, format: 'cri', multiline: { mode: 'java' }, maxLine: 64 + below(100) } as const;
    const words = file.toString().match(/<\d+>x*/g) ?? [];
    const giving = { grow: () => 1 + below(300), room: () => 300 + below(500) };
    const { cursors, texts } = recordAll(recorderFor(unread, ndjson('web1', {}), settings), file, settings.maxLine, giving);
    for (const [index, from] of [{ offset: 0 }, ...cursors].entries()) {
      const recorder = recorderFor(followed(t, file), ndjson('web1', {}), settings);
      const all = (texts[index - 1] ?? '') + recordAll(recorder, file, settings.maxLine, { ...giving, from }).text;
      for (const word of words) assert.ok(all.includes(word), `${word} of ${file} from ${JSON.stringify(from)}: ${all}`);
      const pieces = all.split('\n').filter((record) => record.includes('"partial_ordinal"'));
      // of the same record, the pieces are numbered on
      const next = new Map<string, number>();
      for (const { partial_id: id, partial_ordinal: ordinal } of pieces.map((piece) => JSON.parse(piece))) {
        assert.ok(ordinal <= (next.get(id) ?? 1), `${id} ${ordinal} of ${file} from ${from.offset}`);
        next.set(id, ordinal + 1);
      }
    }
  }
});

describe('with a real sidecar', () => {
  test('the last record of a file waits for lines that go on with it', async (t) => {
    const { receiver, path, start } = await scene(t, '*.log', { LOGS_MULTILINE: 'java', LOGS_MULTILINE_WAIT: '1m' });
    const [trace = ''] = java;
    const [head = '', ...rest] = trace.split('\n');
    append(path('app.log'), `before\n${head}\n`);
    start();
    await receiver.got(1);
    append(path('app.log'), `${rest.join('\n')}\nafter\nlast\n`);
    await receiver.got(3);
    assert.deepEqual(receiver.messages, ['before', trace, 'after']);
  });

  test('and for no longer than LOGS_MULTILINE_WAIT', async (t) => {
    const { receiver, path, start } = await scene(t, '*.log', { LOGS_MULTILINE: 'java', LOGS_MULTILINE_WAIT: '100ms' });
    append(path('app.log'), `before\n${java[0]}\n`);
    start();
    await receiver.got(2);
    assert.deepEqual(receiver.messages, ['before', java[0]]);
  });

  test('a trace is one record across a kill in the middle of it, and across batches', async (t) => {
    const { receiver, path, start } = await scene(t, '*.log', {
      ...{ LOGS_MULTILINE: 'python', LOGS_MULTILINE_WAIT: '1m', LOGS_BATCH_BYTES: '4Ki', LOGS_IN_FLIGHT: '1' },
    });
    const [, trace = ''] = python;
    const many = Array.from({ length: 50 }, (_, index) => `${trace}\nINFO ${index}`);
    const lines = trace.split('\n');
    append(path('app.log'), `${many.join('\n')}\n${lines.slice(0, 6).join('\n')}\n${lines[6]}`);
    const killed = start();
    await until('all whole records arrived', () => receiver.messages.filter((message) => message === trace).length === 50);
    await settle();
    await killed.stop('SIGKILL');
    append(path('app.log'), `\n${lines.slice(7).join('\n')}\nINFO last\n`);
    const job = start({ LOGS_ONCE: 'true' });
    assert.equal((await job.ended).code, 0);
    const expected = [...many.flatMap((_, index) => [trace, `INFO ${index}`]), trace, 'INFO last'];
    assert.deepEqual(
      receiver.messages.filter((message, index, all) => message === trace || all.indexOf(message) === index),
      expected,
    );
  });
});
