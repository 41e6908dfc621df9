import { readdirSync } from 'node:fs';
import { conntrackStat } from './conntrack-stat.ts';
import { type Counters, listedCounters, pairedCounters, sockstatCounters } from './counters.ts';
import { type InterfaceCounters, interfaceCounters } from './interfaces.ts';
import { KeptFiles } from './kept-files.ts';
import { type LinkProperties, linkProperties } from './link-properties.ts';
import { pageSize } from './page-size.ts';
import { type SoftnetCpu, softnetCpus } from './softnet.ts';
import { type UnixSocket, unixSockets } from './unix-sockets.ts';
import { foreign, type Unread, unread } from './unread.ts';

/** Where the kernel's files are. */
export interface ProcNetRoots {
  readonly proc?: string;
  readonly sys?: string;
}

/** How many flows the connection tracking of this namespace holds, and may hold. */
export interface Conntrack {
  readonly entries: number;
  readonly limit: number | undefined;
  /** What was done with them, by the names of the kernel: `drop`, `insert_failed`; the sums over all processors. */
  readonly counters: Counters;
}

/** The ephemeral ports, both ends included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/**
 * What the kernel tells of the network namespace as text. It never throws: what cannot be read is empty, and told by {@link unread}.
 * Files are those of `/proc/self/net`, for a /proc mounted with subset=pid has no `/proc/net`.
 */
export class ProcNet {
  readonly #process: string;
  readonly #net: string;
  readonly #sysctl: string;
  readonly #links: string;
  readonly #files = new KeptFiles();
  readonly #unread = new Map<string, Unread>();
  #page: number | undefined;
  #linkNames: ReadonlySet<string> = new Set();

  constructor({ proc = '/proc', sys = '/sys' }: ProcNetRoots = {}) {
    this.#process = `${proc}/self`;
    this.#net = `${this.#process}/net`;
    this.#sysctl = `${proc}/sys/net`;
    this.#links = `${sys}/class/net`;
  }

  /** What could not be read when it was last tried, and why. */
  get unread(): readonly Unread[] {
    return [...this.#unread.values()];
  }

  /** Counters of the interfaces (dev). */
  interfaces(): InterfaceCounters[] {
    return interfaceCounters(this.#text(`${this.#net}/dev`));
  }

  /**
   * What /sys/class/net tells of the interfaces. It shows the namespace in which it was mounted: where that is another one, there is
   * nothing to be had.
   * @param names all interfaces of this namespace, see {@link interfaces}
   */
  links(names: readonly string[]): ReadonlyMap<string, LinkProperties> {
    const found = new Map<string, LinkProperties>();
    if (!this.#linksAreOurs(names)) return found;
    for (const name of names) {
      try {
        found.set(name, linkProperties(this.#files, `${this.#links}/${name}`, name));
      } catch {
        // it went meanwhile
      }
    }
    for (const name of this.#linkNames) if (!found.has(name)) this.#files.forget(`${this.#links}/${name}/`);
    this.#linkNames = new Set(found.keys());
    return found;
  }

  /** All counters of the protocols (netstat, snmp, snmp6): `TcpExt_ListenDrops`, `Tcp_RetransSegs`, `Udp6_InErrors`. */
  counters(): Counters {
    const found = new Map<string, number>();
    pairedCounters(this.#single(`${this.#net}/netstat`), found);
    pairedCounters(this.#single(`${this.#net}/snmp`), found);
    return listedCounters(this.#single(`${this.#net}/snmp6`), found);
  }

  /** How many sockets there are (sockstat, sockstat6): `TCP_inuse`, `TCP_orphan`, `TCP_tw`; `TCP_mem` in pages, of the whole machine. */
  sockets(): Counters {
    const found = new Map<string, number>();
    sockstatCounters(this.#single(`${this.#net}/sockstat`), found);
    return sockstatCounters(this.#single(`${this.#net}/sockstat6`), found);
  }

  /** What the processors of the whole machine did with packets that came in (softnet_stat). */
  softnet(): SoftnetCpu[] {
    return softnetCpus(this.#text(`${this.#net}/softnet_stat`));
  }

  /** The unix sockets of the namespace (unix), for where netlink is refused. */
  unix(): UnixSocket[] {
    return unixSockets(this.#text(`${this.#net}/unix`));
  }

  /** Undefined where connection tracking is not there, which is normal. */
  conntrack(): Conntrack | undefined {
    const [entries] = this.#numbers('netfilter/nf_conntrack_count');
    const [limit] = this.#numbers('netfilter/nf_conntrack_max');
    if (entries === undefined) return undefined;
    return { entries, limit, counters: conntrackStat(this.#text(`${this.#net}/stat/nf_conntrack`)) };
  }

  /** How large a page of memory is, in which `TCP_mem` is counted; in bytes. */
  pageSize(): number | undefined {
    this.#page ??= pageSize(this.#single(`${this.#process}/auxv`));
    return this.#page;
  }

  /** Which ports the kernel gives to those who ask for any (net.ipv4.ip_local_port_range; IPv6 has the same). */
  portRange(): PortRange | undefined {
    const [first, last] = this.#numbers('ipv4/ip_local_port_range');
    return first === undefined || last === undefined ? undefined : { first, last };
  }

  /** Closes what is kept open. It can be used again. */
  close(): void {
    this.#files.close();
  }

  #numbers(sysctl: string): number[] {
    const words = this.#single(`${this.#sysctl}/${sysctl}`).split(/\s+/);
    return words.filter((word) => /^\d+$/.test(word)).map(Number);
  }

  /** The text of a file that is a table; empty where it cannot be read. */
  #text(path: string): string {
    return this.#read(path, () => this.#files.read(path));
  }

  /** The same of a file that is no table, see {@link KeptFiles.readSingle}. */
  #single(path: string): string {
    return this.#read(path, () => this.#files.readSingle(path));
  }

  #read(path: string, read: () => string): string {
    try {
      const text = read();
      this.#unread.delete(path);
      return text;
    } catch (error) {
      this.#unread.set(path, unread(path, error));
      return '';
    }
  }

  #linksAreOurs(names: readonly string[]): boolean {
    try {
      // beside the interfaces there may be bonding_masters, which is a file
      const there = readdirSync(this.#links, { withFileTypes: true }).filter((entry) => !entry.isFile());
      const same = there.length === names.length && there.every((entry) => names.includes(entry.name));
      if (same) this.#unread.delete(this.#links);
      else this.#unread.set(this.#links, foreign(this.#links));
      return same;
    } catch (error) {
      this.#unread.set(this.#links, unread(this.#links, error));
      return false;
    }
  }
}
