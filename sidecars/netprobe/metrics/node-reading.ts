import { Series } from '#shared/exposition.ts';
import type { Counters } from '../proc/counters.ts';
import type { InterfaceCounters } from '../proc/interfaces.ts';
import type { LinkProperties } from '../proc/link-properties.ts';
import type { Conntrack, ProcNet } from '../proc/proc-net.ts';
import type { SoftnetCpu } from '../proc/softnet.ts';

/** What was read for the exposition that is being made. */
export interface NodeReading {
  readonly interfaces: readonly NodeInterface[];
  readonly counters: Counters;
  readonly sockets: Counters;
  readonly pageSize: number | undefined;
  readonly softnet: readonly SoftnetCpu[];
  readonly conntrack: Conntrack | undefined;
}

/** An interface with all that is told of it. */
export interface NodeInterface extends InterfaceCounters {
  readonly link: LinkProperties | undefined;
  /** Its label `device`, of which there are dozens of series. */
  readonly device: Series;
}

/** A reading that can be made again. Before it is made for the first time it is empty. */
export function nodeReading(proc: ProcNet): NodeReading & { again(): void } {
  const read = (): NodeReading => ({
    interfaces: readInterfaces(proc),
    counters: proc.counters(),
    sockets: proc.sockets(),
    pageSize: proc.pageSize(),
    softnet: proc.softnet(),
    conntrack: proc.conntrack(),
  });
  const reading = {
    interfaces: [],
    counters: new Map(),
    sockets: new Map(),
    pageSize: undefined,
    softnet: [],
    conntrack: undefined,
    again: () => void Object.assign(reading, read()),
  };
  return reading;
}

function readInterfaces(proc: ProcNet): NodeInterface[] {
  const interfaces = proc.interfaces();
  const links = proc.links(interfaces.map(({ name }) => name));
  return interfaces.map(({ name, counters }) => ({
    name,
    counters,
    link: links.get(name),
    device: new Series({ device: name }),
  }));
}
