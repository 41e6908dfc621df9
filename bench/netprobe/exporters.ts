import { setTimeout as sleep } from 'node:timers/promises';
import { bundled } from '../bundle.ts';
import type { Actor, Stage } from '../stage.ts';
import { Asker } from './asker.ts';
import type { PeerName } from './plan.ts';
import { imageFlags } from './result.ts';

/** How long one may take until it answers, in milliseconds. */
const patience = 20_000;

/** What it is started with. */
export interface ExporterSettings {
  readonly port: number;
  /** Milliseconds from one reading of all sockets to the next; node_exporter reads them at each scrape instead. */
  readonly interval?: number;
}

/** Something that answers /metrics. */
export interface Exporter {
  readonly name: 'sidekick' | 'tcpstat' | 'plain' | 'bare';
  readonly title: string;
  /** Whose it is; undefined for the sidecar. */
  readonly peer?: PeerName;
  /** What answers with 200 once it is ready. */
  readonly ready: string;
  readonly start: (stage: Stage, settings: ExporterSettings) => Actor;
}

/** sidekick/netprobe, bundled and started as in its image, with its defaults. */
export const sidekick: Exporter = {
  name: 'sidekick',
  title: 'sidekick/netprobe',
  ready: '/readyz',
  start: (stage, { port, interval }) => {
    const env = { NETPROBE_ADMIN: `127.0.0.1:${port}`, ...(interval !== undefined && { NETPROBE_INTERVAL: `${interval}ms` }) };
    return stage.start('sidekick/netprobe', process.execPath, [...bundled(stage, 'netprobe')], { env });
  },
};

/** What node_exporter has of a network by default; the sidecar has all of it, and what netclass has too, which is off here. */
const collectors = ['netdev', 'netstat', 'sockstat', 'softnet', 'conntrack'] as const;

/** The same with the states of all TCP sockets, which it reads by netlink. */
export const nodeExporter: Exporter = node('tcpstat', 'node_exporter with tcpstat', [...collectors, 'tcpstat']);

/** All that are scraped, the sidecar first. */
export const exporters: readonly Exporter[] = [
  sidekick,
  nodeExporter,
  node('plain', 'node_exporter without tcpstat', collectors),
];

/** Node with the flags of the image and an HTTP server that says nothing: what is left where the sidecar does nothing. */
export const bareNode: Exporter = {
  name: 'bare',
  title: 'Node with an HTTP server',
  ready: '/',
  start: (stage, { port }) => {
    const script = `require('node:http').createServer((_, answer) => answer.end()).listen(${port}, '127.0.0.1')`;
    return stage.start('Node with an HTTP server', process.execPath, [...imageFlags(stage), '--eval', script]);
  },
};

/** Starts one, and waits until it is ready. @returns how long that took, in milliseconds. @throws Error where it is not */
export async function startReady(
  stage: Stage,
  exporter: Exporter,
  settings: ExporterSettings,
): Promise<readonly [Actor, Asker, number]> {
  const begun = performance.now();
  const actor = exporter.start(stage, settings);
  const asker = new Asker(settings.port);
  try {
    while ((await asker.statusOf(exporter.ready)) !== 200) {
      if (!actor.running) throw actor.failure('has ended');
      if (performance.now() - begun > patience) throw actor.failure(`was not ready within ${patience / 1000} s`);
      await sleep(1);
    }
    return [actor, asker, performance.now() - begun];
  } catch (error) {
    asker.close();
    await actor.stop();
    throw error;
  }
}

function node(name: 'tcpstat' | 'plain', title: string, chosen: readonly string[]): Exporter {
  return {
    name,
    title,
    peer: 'node_exporter',
    ready: '/metrics',
    start: (stage, { port }) => {
      const words = [`--web.listen-address=127.0.0.1:${port}`, '--log.level=warn', '--collector.disable-defaults'];
      return stage.start(title, 'prometheus-node-exporter', [...words, ...chosen.map((each) => `--collector.${each}`)]);
    },
  };
}
