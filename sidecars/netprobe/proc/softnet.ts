/** What one processor did with packets that came in. It is of the whole machine, also where it is read in a namespace. */
export interface SoftnetCpu {
  readonly cpu: number;
  readonly processed: number;
  /** For want of room in its queue (net.core.netdev_max_backlog). */
  readonly dropped: number;
  /** How often it stopped with work left, as its time or budget was over. */
  readonly squeezed: number;
  /** Always 0 on today's kernels. This and what follows is undefined where the kernel is too old to tell. */
  readonly collisions: number | undefined;
  /** How often another processor asked it to help. */
  readonly receivedRps: number | undefined;
  /** How often a flow was over its share of the queue. */
  readonly flowLimited: number | undefined;
  /** Packets that wait. Since Linux 5.10. */
  readonly backlog: number | undefined;
}

/**
 * Reads /proc/self/net/softnet_stat: a line for each processor, of hexadecimal numbers that have no names. Kernels only ever added at
 * the end; those that are offline have no line, and the number of the processor is told since Linux 5.10.
 * @see net/core/net-procfs.c, softnet_seq_show
 */
export function softnetCpus(text: string): SoftnetCpu[] {
  const found: SoftnetCpu[] = [];
  for (const line of text.split('\n')) {
    const [processed, dropped, squeezed, , , , , , collisions, receivedRps, flowLimited, backlog, cpu] = line
      .split(' ')
      .map((word) => {
        const value = Number(`0x${word}`);
        return Number.isNaN(value) ? undefined : value;
      });
    if (processed === undefined || dropped === undefined || squeezed === undefined) continue;
    found.push({ cpu: cpu ?? found.length, processed, dropped, squeezed, collisions, receivedRps, flowLimited, backlog });
  }
  return found;
}
