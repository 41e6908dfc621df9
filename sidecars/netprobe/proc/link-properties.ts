import type { KeptFiles } from './kept-files.ts';

/** Flags of an interface: linux/if.h. */
const IFF = { UP: 1, LOOPBACK: 8 } as const;

/** Files below /sys/class/net/NAME whose content is a number, decimal or as 0x…. */
const numberFiles = [
  'addr_assign_type',
  'carrier',
  'carrier_changes',
  'carrier_down_count',
  'carrier_up_count',
  'dev_id',
  'dormant',
  'flags',
  'iflink',
  'link_mode',
  'mtu',
  'name_assign_type',
  'netdev_group',
  'speed',
  'statistics/rx_nohandler',
  'tx_queue_len',
  'type',
] as const;

/** Those that the kernel refuses with EINVAL while the interface is down: an exception costs more than five of the other files. */
const refusedWhenDown: ReadonlySet<string> = new Set(['carrier', 'dormant', 'duplex', 'speed']);

/** What a number is of, by its file; `ifindex` is known by another way. */
export type LinkNumber = (typeof numberFiles)[number] | 'ifindex';

/** Files whose content is a word. */
const wordFiles = ['address', 'broadcast', 'duplex', 'ifalias', 'operstate'] as const;

/** What the kernel tells of an interface beside its counters. @see Documentation/ABI/testing/sysfs-class-net of the kernel */
export interface LinkProperties {
  /** As the file says it: the speed in megabits a second, and -1 where it is unknown. What cannot be had has no entry. */
  readonly numbers: ReadonlyMap<LinkNumber, number>;
  /** Empty where it cannot be had. */
  readonly words: Readonly<Record<(typeof wordFiles)[number], string>>;
  /** Whether it was switched on. Undefined where that cannot be read. */
  readonly on: boolean | undefined;
}

/**
 * Reads what /sys/class/net tells of an interface.
 * @param folder `/sys/class/net/NAME`
 * @throws the error of the system where there is no such interface
 */
export function linkProperties(files: KeptFiles, folder: string, name: string): LinkProperties {
  const index = indexOf(files, folder, name);
  const numbers = new Map<LinkNumber, number>([['ifindex', index]]);
  const flags = number(files, `${folder}/flags`);
  const down = flags !== undefined && (flags & IFF.UP) === 0;
  const loopback = flags !== undefined && (flags & IFF.LOOPBACK) !== 0;
  for (const file of numberFiles) {
    if ((down && refusedWhenDown.has(file)) || (loopback && file === 'speed')) continue;
    const value = file === 'flags' ? flags : number(files, `${folder}/${file}`);
    if (value !== undefined) numbers.set(file, value);
  }
  const word = (file: (typeof wordFiles)[number]) => content(files, `${folder}/${file}`) ?? '';
  const words = {
    address: word('address'),
    broadcast: word('broadcast'),
    duplex: down || loopback ? '' : word('duplex'),
    ifalias: word('ifalias'),
    operstate: word('operstate'),
  };
  return { numbers, words, on: flags === undefined ? undefined : !down };
}

/**
 * The index of an interface, out of the one file that has its name too: names can change places, and then the files that are kept open
 * are those of another.
 */
function indexOf(files: KeptFiles, folder: string, name: string): number {
  let told = uevent(files.readSingle(`${folder}/uevent`));
  if (told.get('INTERFACE') !== name) {
    files.forget(`${folder}/`);
    told = uevent(files.readSingle(`${folder}/uevent`));
  }
  return Number(told.get('IFINDEX') ?? 0);
}

function uevent(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\n').map((line) => line.split('=', 2) as [string, string?]);
  return new Map(lines.map(([key, value = '']) => [key, value]));
}

function number(files: KeptFiles, path: string): number | undefined {
  const text = content(files, path);
  const value = text ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

/** Undefined where it cannot be read: which of these files there are differs between kernels and kinds of interfaces. */
function content(files: KeptFiles, path: string): string | undefined {
  try {
    return files.readSingle(path).trimEnd();
  } catch {
    return undefined;
  }
}
