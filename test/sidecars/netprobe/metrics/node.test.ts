import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { Metrics } from '#shared/metrics.ts';
import { nodeMetrics } from '../../../../sidecars/netprobe/metrics/node.ts';
import { ProcNet } from '../../../../sidecars/netprobe/proc/proc-net.ts';
import { Network } from '../proc/network.ts';
import type { Beside } from './programs/node-beside.ts';

const collectors = ['netdev', 'netclass', 'netstat', 'sockstat', 'softnet', 'conntrack', 'tcpstat'];

/** Families that node_exporter has only since some version: that of this machine may be older. */
const newer =
  /^node_(netstat_TcpExt_(TCPOFOQueue|TCPRcvQDrop|TCPTimeouts)|softnet_(backlog_len|cpu_collision_total|flow_limit_count_total|received_rps_total))$/;

/** Numbers that the scrape itself changes while it is made, and that also go down. */
const moving = /^node_(netstat_Tcp_CurrEstab|sockstat_(TCP_|UDP_mem|sockets_used)|nf_conntrack_entries$)/;

interface Page {
  /** HELP and TYPE by name. */
  readonly families: ReadonlyMap<string, string>;
  /** By name and labels, as they are printed. */
  readonly samples: ReadonlyMap<string, number>;
}

/** @param text of which only the families count that both may have */
function page(text: string): Page {
  const families = new Map<string, string>();
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, word, name = '', said = ''] = /^# (HELP|TYPE) (node_(?!exporter|scrape)\w+) (.*)$/.exec(line) ?? [];
    if (word !== undefined) families.set(name, `${families.get(name) ?? ''}${word} ${said}\n`);
    const [, series, value] = /^(node_(?!exporter|scrape)\S+?(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
    // a label that node_exporter has since 1.8
    if (series !== undefined) samples.set(series.replace(/,?adminstate="\w+"/, ''), Number(value));
  }
  return { families, samples };
}

test(
  'all is as node_exporter has it in the same namespace',
  needs('linux', 'root', 'ss', 'prometheus-node-exporter'),
  async (t) => {
    const network = new Network(t, { ipv6: true });
    network.ip('link', 'add', 'one', 'type', 'veth', 'peer', 'name', 'two');
    for (const name of ['one', 'two']) network.ip('link', 'set', name, 'up');
    network.ip('link', 'set', 'two', 'alias', 'a "name"');
    const address = '127.0.0.1:9100';
    const only = collectors.map((name) => `--collector.${name}`);
    network.start('prometheus-node-exporter', [`--web.listen-address=${address}`, '--collector.disable-defaults', ...only]);
    await until('it listens', () => network.run('ss', '-tlnH').includes(address));
    network.tell('programs/send-datagrams.ts', '127.0.0.1', '9', '20', '10');
    const program = fileURLToPath(new URL('programs/node-beside.ts', import.meta.url));
    const beside: Beside = JSON.parse(network.run(process.execPath, program, `http://${address}/metrics`));
    const [before, theirs, after] = [page(beside.before), page(beside.theirs), page(beside.after)];

    for (const [name, said] of theirs.families) assert.equal(before.families.get(name), said, name);
    const more = [...before.families.keys()].filter((name) => !theirs.families.has(name));
    assert.deepEqual(
      more.filter((name) => !newer.test(name)),
      [],
    );

    let compared = 0;
    for (const [series, value] of theirs.samples) {
      const [from, to] = [before.samples.get(series), after.samples.get(series)];
      // of a state that a socket was in for a moment
      if (series.startsWith('node_tcp_connection_states{')) continue;
      assert.ok(from !== undefined && to !== undefined, `${series} is missing`);
      if (moving.test(series)) continue;
      assert.ok(from <= value && value <= to, `${series} ${value} is not between ${from} and ${to}`);
      compared += 1;
    }
    assert.ok(compared > 100, `${compared}`);
    assert.ok((theirs.samples.get('node_netstat_Udp_NoPorts') ?? 0) >= 20, 'there was something to count');
    assert.equal(before.samples.get('node_tcp_connection_states{state="listen"}'), 1);
    assert.equal(theirs.samples.get('node_tcp_connection_states{state="listen"}'), 1);
  },
);

test('the numbers of a namespace whose kernel tells less are those that it tells', (t) => {
  const root = temporaryFolder(t);
  mkdirSync(join(root, 'self/net'), { recursive: true });
  writeFileSync(join(root, 'self/net/dev'), 'Inter-|\n face |bytes packets|bytes\n eth0: 1 2 3\n');
  writeFileSync(join(root, 'self/net/snmp'), 'Tcp: CurrEstab RetransSegs Other\nTcp: 5 7 1\n');
  writeFileSync(join(root, 'self/net/sockstat'), 'TCP: inuse 5 mem 2\n');
  const metrics = new Metrics('sidekick_netprobe');
  const notes: (string | undefined)[] = [];
  const note = (_: number, error?: Error) => void notes.push(error?.message.slice(root.length));
  nodeMetrics(metrics, 'sidekick_netprobe', new ProcNet({ proc: root, sys: root }), {
    states: () => new Map([['time_wait', 4]]),
    note,
  });
  const samples = () =>
    metrics
      .text()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
  assert.deepEqual(samples(), [
    'sidekick_netprobe_network_receive_bytes_total{device="eth0"} 1',
    'sidekick_netprobe_network_receive_packets_total{device="eth0"} 2',
    'sidekick_netprobe_network_transmit_bytes_total{device="eth0"} 3',
    'sidekick_netprobe_netstat_Tcp_CurrEstab 5',
    'sidekick_netprobe_netstat_Tcp_RetransSegs 7',
    'sidekick_netprobe_sockstat_TCP_inuse 5',
    'sidekick_netprobe_sockstat_TCP_mem 2',
    'sidekick_netprobe_tcp_connection_states{state="time_wait"} 4',
  ]);
  assert.deepEqual(notes, ['/class/net: no such file: /sys is not mounted here']);
  writeFileSync(join(root, 'self/net/dev'), 'Inter-|\n face |bytes packets|bytes\n eth0: 9 2 3\n');
  assert.equal(samples()[0], 'sidekick_netprobe_network_receive_bytes_total{device="eth0"} 9');
});

test('pages become bytes by the size of a page', needs('linux'), (t) => {
  const metrics = new Metrics('x');
  const proc = new ProcNet();
  t.after(() => proc.close());
  nodeMetrics(metrics, 'node', proc, { states: () => new Map() });
  const { samples } = page(metrics.text());
  const pages = samples.get('node_sockstat_TCP_mem') ?? Number.NaN;
  assert.equal(samples.get('node_sockstat_TCP_mem_bytes'), pages * (proc.pageSize() ?? Number.NaN));
});

test('of all this promtool dislikes nothing but the capitals of node_exporter', needs('linux', 'promtool'), (t) => {
  const metrics = new Metrics('x');
  const proc = new ProcNet();
  t.after(() => proc.close());
  nodeMetrics(metrics, 'node', proc, { states: () => new Map([['listen', 1]]) });
  const { stderr } = spawnSync('promtool', ['check', 'metrics'], { input: metrics.text(), encoding: 'utf8' });
  const problems = stderr.split('\n').filter((line) => line !== '');
  assert.deepEqual(
    problems.filter((line) => !/^node_netstat_\w+ metric names should be written in 'snake_case' not 'camelCase'$/.test(line)),
    [],
  );
});
