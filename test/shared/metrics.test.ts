import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { Series } from '#shared/exposition.ts';
import { Metrics } from '#shared/metrics.ts';
import { addProcessMetrics } from '#shared/process-metrics.ts';

test('a counter without labels shows 0 from the start, and then its sum', () => {
  const metrics = new Metrics('sidekick_logs');
  const lines = metrics.counter('lines_total', 'Lines shipped.');
  const text = (value: string) =>
    `# HELP sidekick_logs_lines_total Lines shipped.\n# TYPE sidekick_logs_lines_total counter\nsidekick_logs_lines_total ${value}\n`;
  assert.equal(metrics.text(), text('0'));
  lines.add();
  lines.add(2.5);
  assert.equal(metrics.text(), text('3.5'));
  assert.equal(lines.value(), 3.5);
});

test('a counter refuses to shrink', () => {
  const lines = new Metrics('x').counter('lines_total', '');
  assert.throws(() => lines.add(-1), /lines_total cannot grow by -1/);
  assert.throws(() => lines.add(Number.NaN), RangeError);
  assert.equal(lines.value(), 0);
});

test('labelled series appear when first touched, one for each label set whatever its order', () => {
  const metrics = new Metrics('x');
  const retries = metrics.counter('retries_total', 'Retries.');
  const declared = metrics.counter('errors_total', 'Errors.', ['code']);
  assert.deepEqual(samples(metrics), ['x_retries_total 0']);
  retries.add(1, { sink: 'http', code: '503' });
  retries.add(2, { code: '503', sink: 'http' });
  declared.add(1, { code: 'EIO' });
  assert.equal(retries.value({ sink: 'http', code: '503' }), 3);
  assert.equal(retries.value({ sink: 'file', code: '503' }), 0);
  assert.deepEqual(samples(metrics), ['x_retries_total{code="503",sink="http"} 3', 'x_errors_total{code="EIO"} 1']);
  retries.add(1, {});
  assert.deepEqual(samples(metrics).slice(0, 1), ['x_retries_total 1'], 'no labels are the number without labels');
});

test('a gauge is set, cleared and refilled before each exposition', () => {
  const metrics = new Metrics('x');
  const lag = metrics.gauge('lag_bytes', 'Lag.', ['file']);
  const limit = metrics.gauge('limit_bytes', 'Limit.');
  let files = ['a', 'b'];
  metrics.onCollect(() => {
    lag.clear();
    for (const file of files) lag.set(7, { file });
  });
  limit.set(Infinity);
  assert.deepEqual(samples(metrics), ['x_lag_bytes{file="a"} 7', 'x_lag_bytes{file="b"} 7', 'x_limit_bytes +Inf']);
  files = ['c'];
  limit.set(-Infinity);
  assert.deepEqual(samples(metrics), ['x_lag_bytes{file="c"} 7', 'x_limit_bytes -Inf']);
  files = [];
  limit.set(Number.NaN);
  assert.deepEqual(samples(metrics), ['x_limit_bytes NaN']);
  assert.doesNotMatch(metrics.text(), /lag_bytes/, 'a family without series is left out');
});

test('a histogram counts cumulatively, bounds included', () => {
  const metrics = new Metrics('x');
  const took = metrics.histogram('took_seconds', 'Time.', [0.1, 1]);
  for (const value of [0.05, 0.1, 0.5, 3]) took.observe(value);
  assert.deepEqual(samples(metrics), [
    'x_took_seconds_bucket{le="0.1"} 2',
    'x_took_seconds_bucket{le="1"} 3',
    'x_took_seconds_bucket{le="+Inf"} 4',
    'x_took_seconds_sum 3.65',
    'x_took_seconds_count 4',
  ]);
});

test('a histogram with labels shows its labelled series alone', () => {
  const metrics = new Metrics('x');
  const took = metrics.histogram('took_seconds', 'Time.', [1]);
  assert.ok(samples(metrics).includes('x_took_seconds_count 0'));
  took.observe(2, { sink: 'http' });
  assert.deepEqual(samples(metrics), [
    'x_took_seconds_bucket{sink="http",le="1"} 0',
    'x_took_seconds_bucket{sink="http",le="+Inf"} 1',
    'x_took_seconds_sum{sink="http"} 2',
    'x_took_seconds_count{sink="http"} 1',
  ]);
});

test('computed families show what is read at each exposition', () => {
  const metrics = new Metrics('x');
  const kept = new Map([['b"1', 1]]);
  metrics.computed('counter', 'bytes_total', 'Bytes.', function* () {
    for (const [backend, value] of kept) yield [value, { route: 'r', backend }];
  });
  metrics.computed('gauge', 'up', 'Up.', () => [[1]]);
  assert.deepEqual(samples(metrics), ['x_bytes_total{backend="b\\"1",route="r"} 1', 'x_up 1']);
  kept.set('c', Infinity);
  kept.delete('b"1');
  assert.deepEqual(samples(metrics).slice(0, 1), ['x_bytes_total{backend="c",route="r"} +Inf']);
  assert.match(metrics.text(), /^# HELP x_bytes_total Bytes\.\n# TYPE x_bytes_total counter\n.*\n.*\n# TYPE x_up gauge$/m);
  kept.clear();
  assert.doesNotMatch(metrics.text(), /bytes_total/, 'a family without series is left out');
});

test('names of the ecosystem may have capitals where that is said, and no type', () => {
  const metrics = new Metrics('x');
  const node = metrics.within('node', { capitals: true });
  node.computed('untyped', 'netstat_Tcp_InSegs', 'Statistic TcpInSegs.', () => [[7]]);
  node.computed('gauge', 'sockstat_TCP_alloc', 'Sockets.', () => [[1]]);
  assert.match(metrics.text(), /^# TYPE node_netstat_Tcp_InSegs untyped\nnode_netstat_Tcp_InSegs 7$/m);
  assert.match(metrics.text(), /^# TYPE node_sockstat_TCP_alloc gauge\nnode_sockstat_TCP_alloc 1$/m);
  assert.throws(() => metrics.within('node').computed('untyped', 'Tcp_OutSegs', '', () => []), /not snake_case/);
  assert.throws(() => node.computed('untyped', 'a_total', '', () => []), /the untyped a_total ends in a suffix/);
  assert.throws(() => node.gauge('a-B', ''), /not snake_case/);
});

test('a computed histogram is cumulative, values above all bounds included', () => {
  const metrics = new Metrics('x');
  metrics.computedHistogram('took_seconds', 'Time.', [0.1, 1], () => [[{ counts: [2, 1], count: 4, sum: 3.65 }, { sink: 'a' }]]);
  assert.deepEqual(samples(metrics), [
    'x_took_seconds_bucket{sink="a",le="0.1"} 2',
    'x_took_seconds_bucket{sink="a",le="1"} 3',
    'x_took_seconds_bucket{sink="a",le="+Inf"} 4',
    'x_took_seconds_sum{sink="a"} 3.65',
    'x_took_seconds_count{sink="a"} 4',
  ]);
  assert.match(metrics.text(), /^# TYPE x_took_seconds histogram$/m);
});

test('label values and help are escaped', () => {
  const metrics = new Metrics('x');
  metrics.gauge('size_bytes', 'A \\ and\na "quote".').set(1, { file: 'C:\\a\n"b"' });
  assert.equal(
    metrics.text(),
    '# HELP x_size_bytes A \\\\ and\\na "quote".\n# TYPE x_size_bytes gauge\nx_size_bytes{file="C:\\\\a\\n\\"b\\""} 1\n',
  );
});

test('invalid and taken names throw', () => {
  const metrics = new Metrics('x');
  assert.throws(() => metrics.counter('lines', ''), /must be named …_total/);
  assert.throws(() => metrics.gauge('lines_total', ''), /suffix/);
  assert.throws(() => metrics.computed('counter', 'lines', '', () => []), /must be named …_total/);
  assert.throws(() => metrics.computed('gauge', 'lines_total', '', () => []), /suffix/);
  assert.throws(() => metrics.computedHistogram('h', '', [2, 1], () => []), /ascending/);
  for (const name of ['', 'a-b', 'camelCase', 'a:b', 'ä', 'a__b', 'a b'])
    assert.throws(() => metrics.gauge(name, ''), /not snake_case/, name);
  const gauge = metrics.gauge('fine', '');
  assert.throws(() => metrics.gauge('fine', ''), /x_fine is declared twice/);
  assert.throws(() => metrics.within('x').gauge('fine', ''), /declared twice/);
  assert.throws(() => metrics.computed('gauge', 'fine', '', () => []), /declared twice/);
  for (const label of ['le', 'a-b', '__name__', '1a', 'a"b']) {
    assert.throws(() => gauge.set(1, { [label]: '' }), /label name/, label);
    assert.throws(() => metrics.gauge('other', '', [label]), /label name/, label);
  }
  assert.throws(() => metrics.histogram('h', '', []), /ascending/);
  assert.throws(() => metrics.histogram('h', '', [2, 1]), /ascending/);
  assert.throws(() => metrics.histogram('h', '', [1, Infinity]), /finite/);
});

test('the process tells of itself', () => {
  const metrics = new Metrics('x');
  addProcessMetrics(metrics, { version: '1.2.3' });
  const value = (name: string) =>
    Number(
      samples(metrics)
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')[1],
    );
  assert.ok(
    metrics.text().includes(`sidekick_build_info{arch="${process.arch}",node="${process.versions.node}",version="1.2.3"} 1\n`),
  );
  assert.ok(value('process_cpu_seconds_total') > 0);
  assert.ok(value('process_resident_memory_bytes') > 1e6);
  assert.ok(value('process_start_time_seconds') <= Date.now() / 1000);
  assert.ok(value('process_start_time_seconds') > Date.now() / 1000 - 3600);
});

test('on Linux the process also tells of its virtual memory and its descriptors', needs('linux'), () => {
  const metrics = new Metrics('x');
  addProcessMetrics(metrics, { version: '1.2.3' });
  const value = (name: string) =>
    Number(
      samples(metrics)
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')[1],
    );
  assert.ok(value('process_virtual_memory_bytes') > value('process_resident_memory_bytes'));
  assert.ok(value('process_open_fds') >= 3);
  assert.ok(value('process_max_fds') >= value('process_open_fds'));
});

test('promtool accepts all of it', needs('promtool'), () => {
  const metrics = new Metrics('sidekick_logs');
  addProcessMetrics(metrics, { version: '1.2.3' });
  metrics.counter('lines_total', 'Lines shipped.').add(1e21);
  metrics.counter('retries_total', 'Retries\nby \\ sink.').add(1, { sink: 'a"\\\nb' });
  metrics.gauge('pinned_bytes', 'Bytes of deleted files.').set(Infinity);
  const took = metrics.histogram('batch_seconds', 'Time of a batch.', [0.001, 0.1, 1e9]);
  took.observe(0.02, { sink: 'http' });
  took.observe(1e-9, { sink: 'ä' });
  metrics.computed('counter', 'sent_total', 'Sent.', () => [[1e21, { to: '\n' }]]);
  metrics.computedHistogram('sent_seconds', 'Time.', [1], () => [[{ counts: [1], count: 2, sum: 3.5 }, { to: '"' }]]);
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: metrics.text(), encoding: 'utf8' });
  assert.equal(`${stdout}${stderr}`, '');
  assert.equal(status, 0);
});

/** The exposition without its comments. */
function samples(metrics: Metrics): string[] {
  return metrics
    .text()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

test('computed series beyond the limit are left out, and counted last', () => {
  const metrics = new Metrics('x');
  metrics.limit(4, 'left_out', 'Left out.');
  const three = new Series({ peer: 'c' });
  metrics.computed('gauge', 'first', 'First.', () => [
    [1, { peer: 'a' }],
    [2, { peer: 'b' }],
    [3, three],
  ]);
  metrics.computedHistogram('second', 'Second.', [1], () => [[{ counts: [1], count: 1, sum: 1 }]]);
  metrics.computed('gauge', 'third', 'Third.', () => [
    [1, { peer: 'a' }],
    [2, { peer: 'b' }],
  ]);
  const lines = metrics
    .text()
    .split('\n')
    .filter((line) => !line.startsWith('#') && line !== '');
  // all of a histogram or none of it, and of what comes behind what has room
  assert.deepEqual(lines, [
    'x_first{peer="a"} 1',
    'x_first{peer="b"} 2',
    'x_first{peer="c"} 3',
    'x_third{peer="a"} 1',
    'x_left_out 5',
  ]);
  assert.equal(metrics.text(), metrics.text());
});

test('one that fails half-way leaves nothing behind, and the next exposition is whole', () => {
  const metrics = new Metrics('x');
  metrics.limit(10, 'left_out', 'Left out.');
  let fails = true;
  metrics.computed('gauge', 'up', 'Up.', function* () {
    yield [1, { peer: 'a'.repeat(20_000) }];
    if (fails) throw new Error('no idea');
    yield [2, { peer: 'b' }];
  });
  assert.throws(() => metrics.bytes(), /no idea/);
  assert.throws(() => metrics.text(), /no idea/);
  fails = false;
  assert.deepEqual(samples(metrics), [`x_up{peer="${'a'.repeat(20_000)}"} 1`, 'x_up{peer="b"} 2', 'x_left_out 0']);
  assert.equal(metrics.text().match(/^# HELP x_up /gm)?.length, 1);
});

test('each exposition stays as it is until it is given back', () => {
  const metrics = new Metrics('x');
  const size = metrics.gauge('size_bytes', 'Größe.');
  size.set(1);
  const first = metrics.bytes();
  size.set(2);
  const second = metrics.bytes();
  const text = (value: number) => `# HELP x_size_bytes Größe.\n# TYPE x_size_bytes gauge\nx_size_bytes ${value}\n`;
  assert.equal(new TextDecoder().decode(first), text(1));
  assert.equal(new TextDecoder().decode(second), text(2));
  size.set(3);
  assert.equal(metrics.text(), text(3));
  metrics.giveBack(second);
  size.set(4);
  const third = metrics.bytes();
  assert.equal(third.buffer, second.buffer, 'its memory is used again');
  assert.notEqual(metrics.bytes().buffer, third.buffer, 'but once');
  assert.equal(new TextDecoder().decode(third), text(4));
  assert.equal(new TextDecoder().decode(first), text(1));
});
