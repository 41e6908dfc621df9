import { once } from 'node:events';
import { messageOf } from '#shared/exit.ts';
import { returnFreedMemory } from '#shared/linux/heap.ts';
import type { Libc } from '#shared/linux/libc.ts';
import { defaultGateway } from './checks/gateway.ts';
import { Checks } from './checks/runner.ts';
import { Closings } from './closings/closings.ts';
import { threadFile } from './closings/thread-file.ts';
import { observe } from './metrics/observe.ts';
import type { NetprobeLife } from './netprobe.ts';
import { lookForOwner, Owner } from './owner.ts';
import { page } from './page/page.ts';
import { ProcNet } from './proc/proc-net.ts';
import { Surroundings } from './route/surroundings.ts';
import { Ledger } from './sample/ledger.ts';
import { readListeners } from './sample/listeners.ts';
import { OwnSockets } from './sample/own.ts';
import { PeerNames } from './sample/peer-groups.ts';
import { Peers } from './sample/peers.ts';
import { EphemeralPorts } from './sample/ports.ts';
import { Sampler } from './sample/sampler.ts';
import { type Opened, openSource } from './sockets/open.ts';
import { statusOf } from './status-of.ts';

/** When all has been done once, in milliseconds. */
const settled = 5000;

/**
 * read → decode → sample → metrics, and beside it closings and checks, until the sidecar is told to stop.
 * @throws Exit where the kernel refuses what was demanded, or the owner of the namespace is gone and it is to end then.
 */
export async function measure(life: NetprobeLife): Promise<void> {
  const { settings, log, metrics, stopping } = life;
  const opened = openSource(settings.source);
  const { source, libc } = opened;
  if (opened.reason !== undefined) log.warn({ missing: source.missing }, `sockets are read in /proc: ${opened.reason}`);
  const proc = new ProcNet();
  const own = new OwnSockets(settings.admin.type === 'tcp' ? settings.admin.port : undefined);
  const isOwn = settings.ownSockets ? () => false : own.has;

  const names = new PeerNames(settings.peers ?? []);
  const peers = new Peers(names, settings.maxPeers);
  const ports = new EphemeralPorts();
  const ledger = new Ledger({ peers, ports, isOwn });
  names.resolve(stopping, () => peers.forgetAddresses());

  const owner = new Owner(life);
  const surroundings = libc && lookAround(life, libc);
  const checks = new Checks({ ...settings, log, gateway: () => surroundings?.tables.gateway() ?? defaultGateway() });
  const sampler = new Sampler({
    source,
    ledger,
    interval: settings.interval,
    refreshOwn: () => own.refresh(),
    portRange: () => proc.portRange() ?? ports.range,
    expected: () => {
      const counts = proc.sockets();
      return (counts.get('TCP_inuse') ?? 0) + (counts.get('TCP6_inuse') ?? 0);
    },
    done: (error) => read(error),
  });
  const sight = { opened, proc, peers, ports, ledger, sampler, surroundings, owner, checks, settings };
  const listeners = () => readListeners(source, isOwn);
  const closings = settings.events ? hear(life, opened, ledger) : undefined;
  const observed = observe(metrics, { ...sight, listeners });
  const read = (error?: unknown) => {
    observed.collectors.note('sockets', sampler.lastSeconds, error);
    tellReading(life, sight.ports, error);
  };
  life.onStatus(() => ({ ...statusOf({ ...sight, listeners: observed.listeners, hears: closings !== undefined }) }));
  life.serve('/', page);

  if (surroundings !== undefined) {
    owner.look(surroundings.owner);
    const changed = (events: Parameters<typeof observed.changed>[0]) => {
      observed.changed(events);
      owner.look(surroundings.owner);
    };
    surroundings.follow(stopping, changed, (error) => owner.lost(messageOf(error)));
  } else {
    const links = () => proc.interfaces().map(({ name }) => ({ name, type: name === 'lo' ? 'loopback' : '' }));
    lookForOwner(links, stopping, (now) => owner.look(now));
  }
  checks.start(stopping);
  // what was compiled and first read leaves some MiB that nobody needs
  setTimeout(returnFreedMemory, settled).unref();
  const reading = sampler.run(stopping);
  if (!stopping.aborted) await Promise.race([once(stopping, 'abort'), owner.gone]);
  await reading;
  await closings?.stop();
  surroundings?.close();
  source.close();
  proc.close();
}

/** Interfaces and routes; undefined where the kernel tells sockets and not these. */
function lookAround({ log }: NetprobeLife, libc: Libc): Surroundings | undefined {
  try {
    return new Surroundings(libc);
  } catch (error) {
    log.warn(`interfaces, routes and neighbours are not told, only their counters: ${messageOf(error)}`);
    return undefined;
  }
}

/** Begins to hear of connections that end; undefined where it cannot be. */
function hear({ health, log }: NetprobeLife, { libc }: Opened, ledger: Ledger): Closings | undefined {
  if (libc === undefined) return undefined;
  try {
    const closings = new Closings(libc, threadFile, {
      ended: (record) => ledger.ended(record),
      lost: () => ledger.missed(),
      alone: (error) => log.warn(`no thread hears of ends of connections, the main one goes on: ${messageOf(error)}`),
    });
    ledger.hear();
    health.part('events').ok();
    return closings;
  } catch (error) {
    const reason = `the ends of connections are not heard of: ${messageOf(error)}; short ones between two readings are not counted`;
    health.part('events').degraded(reason);
    log.debug({ err: error }, 'no events');
    return undefined;
  }
}

/** Tells how a reading went, and whether ports run short. */
function tellReading({ health, settings }: NetprobeLife, { destinations, range }: EphemeralPorts, error: unknown): void {
  const sockets = health.part('sockets');
  if (error === undefined) sockets.ok();
  else {
    sockets.down(`they cannot be read: ${messageOf(error)}`);
    return;
  }
  const [most] = destinations;
  const part = health.part('ports');
  if (most === undefined || most.share * 100 < settings.portsWarn) part.ok();
  else
    part.degraded(
      `${Math.floor(most.share * 100)} % of the ephemeral ports ${range.first}-${range.last} are in use towards ${most.destination}; keep connections open, or widen net.ipv4.ip_local_port_range`,
    );
}
