import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { Metrics } from '#shared/metrics.ts';
import {
  type BackendCell,
  backendCell,
  Ledger,
  type RouteCell,
  routeCell,
} from '../../../sidecars/ambassador/dispatch/ledger.ts';
import { type Observed, type ObservedBackend, type ObservedRoute, observe } from '../../../sidecars/ambassador/observe.ts';
import { Past } from '../../../sidecars/ambassador/past.ts';
import { statusOf } from '../../../sidecars/ambassador/status.ts';

const ledger = new Ledger();

/** A slot in which some numbers were counted. */
function slotWith(numbers: Partial<Record<BackendCell, number>>): number {
  const slot = ledger.take() as number;
  for (const [cell, number] of Object.entries(numbers)) ledger.cells[ledger.at(slot) + backendCell[cell as BackendCell]] = number;
  return slot;
}

function backend(
  key: string,
  numbers: Partial<Record<BackendCell, number>>,
  more: Partial<ObservedBackend> = {},
): ObservedBackend {
  return { key, ledger, slot: slotWith(numbers), check: 'off', reason: '', usable: true, ejections: 0, ...more };
}

function route(name: string, backends: readonly ObservedBackend[], more: Partial<ObservedRoute> = {}): ObservedRoute {
  const slot = ledger.take() as number;
  return { name, ledger, slot, listen: '6379', engine: 'net', options: {}, backends, gone: new Map(), ...more };
}

function count(slot: number, cell: RouteCell, number: number): void {
  ledger.cells[ledger.at(slot) + routeCell[cell]] = number;
}

function observed(routes: readonly ObservedRoute[], more: Partial<Observed> = {}): Observed {
  return { routes, names: [], config: { reloads: { ok: 0, failed: 0 } }, ...more };
}

/** The samples of an exposition, without the prefix that all of them have. */
function samplesOf(look: () => Observed): () => Map<string, number> {
  const metrics = new Metrics('sidekick_ambassador');
  observe(metrics, look);
  return () => {
    const lines = metrics
      .text()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    const samples = lines.map((line) => /^sidekick_ambassador_(\w+(?:\{.*\})?) (\S+)$/.exec(line) ?? [line]);
    assert.equal(new Set(samples.map(([, series]) => series)).size, samples.length, 'each series once');
    return new Map(samples.map(([, series, value]) => [String(series), Number(value)]));
  };
}

test('a backend: its connections, bytes, connect times, failures and ends', () => {
  const one = backend('10.0.0.2:6379', {
    connections: 9,
    active: 2,
    bytesUp: 100,
    bytesDown: 2 ** 45,
    connectSeconds: 8.5,
    connect0: 3,
    connect2: 4,
    connect6: 1,
    refused: 5,
    timedOut: 1,
    resetByClient: 2,
    expired: 3,
  });
  const samples = samplesOf(() => observed([route('6379', [one])]))();
  const of = 'backend="10.0.0.2:6379",route="6379"';
  const expected = {
    [`connections_total{${of}}`]: 9,
    [`active_connections{${of}}`]: 2,
    'bytes_total{backend="10.0.0.2:6379",direction="up",route="6379"}': 100,
    'bytes_total{backend="10.0.0.2:6379",direction="down",route="6379"}': 2 ** 45,
    [`connect_seconds_bucket{${of},le="0.0005"}`]: 3,
    [`connect_seconds_bucket{${of},le="0.002"}`]: 3,
    [`connect_seconds_bucket{${of},le="0.01"}`]: 7,
    [`connect_seconds_bucket{${of},le="5"}`]: 8,
    [`connect_seconds_bucket{${of},le="+Inf"}`]: 9,
    [`connect_seconds_sum{${of}}`]: 8.5,
    [`connect_seconds_count{${of}}`]: 9,
    'connect_failures_total{backend="10.0.0.2:6379",reason="refused",route="6379"}': 5,
    'connect_failures_total{backend="10.0.0.2:6379",reason="timed_out",route="6379"}': 1,
    'connect_failures_total{backend="10.0.0.2:6379",reason="other",route="6379"}': 0,
    'ended_total{backend="10.0.0.2:6379",reason="reset_by_client",route="6379"}': 2,
    'ended_total{backend="10.0.0.2:6379",reason="lifetime",route="6379"}': 3,
    [`backend_up{${of}}`]: 1,
    [`backend_ejected{${of}}`]: 0,
    [`ejections_total{${of}}`]: 0,
  };
  for (const [series, value] of Object.entries(expected)) assert.equal(samples.get(series), value, series);
});

test('a route, its names, its reloads and its certificate', () => {
  const plain = route('redis', [], { engine: 'splice', certificateExpires: 1_800_000_000_000 });
  count(plain.slot, 'clients', 7);
  count(plain.slot, 'waiting', 1);
  count(plain.slot, 'waited', 4);
  count(plain.slot, 'queueFull', 2);
  const problem = 'no such route';
  const samples = samplesOf(() =>
    observed([plain], {
      names: [{ name: 'redis-1', addresses: 2, failed: 3 }],
      config: { reloads: { ok: 1, failed: 2 }, problem },
    }),
  )();
  const expected = {
    'clients{route="redis"}': 7,
    'waiting{route="redis"}': 1,
    'waited_total{route="redis"}': 4,
    'refused_clients_total{reason="queue_full",route="redis"}': 2,
    'refused_clients_total{reason="no_backend",route="redis"}': 0,
    'lookups_failed_total{name="redis-1"}': 3,
    'reloads_total{result="ok"}': 1,
    'reloads_total{result="failed"}': 2,
    config_valid: 0,
    'certificate_expiry_seconds{route="redis"}': 1.8e9,
    'engine_info{engine="splice",route="redis"}': 1,
  };
  for (const [series, value] of Object.entries(expected)) assert.equal(samples.get(series), value, series);
});

test('a backend that is left out or gets nothing', () => {
  const backends = [
    backend('a:1', {}, { usable: false, reason: 'refused', ejectedUntil: Date.now() + 60_000, ejections: 2 }),
    backend('b:1', {}, { ejectedUntil: Date.now() - 1 }),
  ];
  const samples = samplesOf(() => observed([route('r', backends)]))();
  const shown = ['backend_up', 'backend_ejected', 'ejections_total'].map((name) =>
    ['a:1', 'b:1'].map((key) => samples.get(`${name}{backend="${key}",route="r"}`)),
  );
  assert.deepEqual(shown, [
    [0, 1],
    [1, 0],
    [2, 0],
  ]);
});

test('a backend that goes and comes back: its counters go on, its gauges do not', () => {
  const past = new Past();
  const first = backend('a:1', { connections: 5, bytesUp: 10, connect0: 5, active: 1 }, { ejections: 1 });
  const plain = route('r', []);
  let backends: readonly ObservedBackend[] = [first];
  const samples = samplesOf(() => observed([{ ...plain, backends, gone: past.backendsOf('r') }]));
  const shown = () => {
    const now = samples();
    const names = ['connections_total', 'connect_seconds_count', 'ejections_total', 'active_connections', 'backend_up'];
    return names.map((name) => now.get(`${name}{backend="a:1",route="r"}`));
  };
  assert.deepEqual(shown(), [5, 5, 1, 1, 1]);
  past.retireBackend('r', 'a:1', first);
  ledger.release(first.slot);
  backends = [];
  assert.deepEqual(shown(), [5, 5, 1, undefined, undefined]);
  const second = backend('a:1', { connections: 2, active: 2 }, { before: past.reviveBackend('r', 'a:1') });
  backends = [second];
  assert.deepEqual(shown(), [7, 7, 1, 2, 1]);
  past.retireBackend('r', 'a:1', second);
  ledger.release(second.slot);
  backends = [];
  assert.deepEqual(shown(), [7, 7, 1, undefined, undefined]);
});

test('a backend that came back while its old slot still has connections is one series', () => {
  const past = new Past();
  const old = backend('a:1', { connections: 5, active: 1 }, { leaving: true, usable: false });
  const fresh = backend('a:1', { connections: 1, active: 1 });
  const plain = route('r', []);
  let backends: readonly ObservedBackend[] = [fresh, old];
  const samples = samplesOf(() => observed([{ ...plain, backends, gone: past.backendsOf('r') }]));
  const shown = () =>
    ['connections_total', 'active_connections', 'backend_up'].map((name) => samples().get(`${name}{backend="a:1",route="r"}`));
  assert.deepEqual(shown(), [6, 2, 1]);
  past.retireBackend('r', 'a:1', old);
  backends = [fresh];
  assert.deepEqual(shown(), [6, 1, 1]);
  past.retireBackend('r', 'a:1', fresh);
  backends = [];
  assert.deepEqual(shown(), [6, undefined, undefined]);
});

test('backends that come and go for ever: a bounded number of series, and nothing is lost', () => {
  const past = new Past();
  const plain = route('r', []);
  const samples = samplesOf(() => observed([{ ...plain, gone: past.backendsOf('r') }]));
  for (let number = 1; number <= 1000; number += 1) {
    const passing = backend(`10.0.0.${number}:1`, { connections: 1 });
    past.retireBackend('r', passing.key, passing);
    ledger.release(passing.slot);
  }
  const idle = backend('10.0.1.1:1', {});
  past.retireBackend('r', idle.key, idle);
  const connections = [...samples()].filter(([series]) => series.startsWith('connections_total'));
  assert.equal(connections.length, Past.backends + 1);
  assert.equal(
    connections.reduce((sum, [, value]) => sum + value, 0),
    1000,
  );
  assert.equal(samples().get('connections_total{backend="other",route="r"}'), 1000 - Past.backends);
  assert.ok(samples().has('connections_total{backend="10.0.0.1000:1",route="r"}'), 'those that went last are there');
});

test('a route that goes and comes back goes on; of many that went, the first are forgotten', () => {
  const past = new Past();
  const first = route('r', []);
  count(first.slot, 'accepted', 5);
  count(first.slot, 'clients', 1);
  past.retireRoute('r', first);
  const second = route('r', [], { before: past.reviveRoute('r') });
  count(second.slot, 'accepted', 1);
  const samples = samplesOf(() => observed([second]))();
  assert.deepEqual([samples.get('accepted_total{route="r"}'), samples.get('clients{route="r"}')], [6, 0]);
  for (let number = 0; number <= Past.routes; number += 1) past.retireRoute(`r${number}`, first);
  assert.deepEqual([past.reviveRoute('r0'), past.reviveRoute('r1')?.accepted], [undefined, 5]);
});

test('/status tells the same', () => {
  const now = Date.UTC(2030, 0, 1);
  const backends = [
    backend('a:1', {
      connections: 4,
      connect0: 3,
      connect1: 1,
      connectSeconds: 0.002,
      active: 1,
      bytesUp: 3,
      refused: 2,
      idled: 1,
    }),
    backend('b:1', {}, { usable: false, check: 'down', reason: 'tcp: refused' }),
    backend('c:1', {}, { usable: false, reason: '3 connects failed', ejectedUntil: now + 2500, ejections: 1 }),
    backend('d:1', {}, { usable: false, check: 'pending' }),
    backend('e:1', { active: 1 }, { usable: false, leaving: true }),
  ];
  const faults = [{ name: 'slow', type: 'latency', stream: 'upstream', toxicity: 1, attributes: { latency: 100 } }] as const;
  const one = route('redis', backends, { options: { balance: 'least' }, faults, certificateExpires: now });
  count(one.slot, 'noBackend', 2);
  count(one.slot, 'accepted', 9);
  const status = statusOf(observed([one]), now);
  assert.deepEqual([status.engines, status.config], [['net'], { valid: true, reloads: { ok: 0, failed: 0 } }]);
  const [shown] = status.routes;
  assert.deepEqual(
    [
      shown?.name,
      shown?.listen,
      shown?.engine,
      shown?.options,
      shown?.accepted,
      shown?.refused,
      shown?.faults,
      shown?.certificateExpires,
    ],
    ['redis', '6379', 'net', { balance: 'least' }, 9, { no_backend: 2 }, faults, '2030-01-01T00:00:00.000Z'],
  );
  const states = shown?.backends.map(({ state, reason, ejectedSeconds }) => [state, reason, ejectedSeconds]);
  assert.deepEqual(states, [
    ['up', undefined, undefined],
    ['down', 'tcp: refused', undefined],
    ['ejected', '3 connects failed', 2.5],
    ['pending', undefined, undefined],
    ['leaving', undefined, undefined],
  ]);
  const [a, b] = shown?.backends ?? [];
  assert.deepEqual([a?.failures, a?.ended, a?.bytesUp, a?.active], [{ refused: 2 }, { idle: 1 }, 3, 1]);
  assert.equal(a?.connectSeconds.mean, 0.0005);
  assert.ok(Math.abs((a?.connectSeconds.median ?? 0) - 0.0005 * (2 / 3)) < 1e-9);
  assert.deepEqual(b?.connectSeconds, { median: null, mean: null });
  assert.deepEqual(JSON.parse(JSON.stringify(status)), status, 'all of it can be JSON');
});

test('promtool accepts all of it', needs('promtool'), () => {
  const metrics = new Metrics('sidekick_ambassador');
  const odd = route('a "route" \\', [backend('unix:/run/a"b.sock', { connections: 1 })], { certificateExpires: 1 });
  observe(metrics, () => observed([odd], { names: [{ name: 'a', addresses: 0, failed: 1 }] }));
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: metrics.text(), encoding: 'utf8' });
  assert.equal(`${stdout}${stderr}`, '');
  assert.equal(status, 0);
});
