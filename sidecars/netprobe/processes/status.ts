/** What is read of /proc/PID/status: proc_pid_status(5). */
export interface ProcessStatus {
  /** The effective user. */
  readonly uid: number;
  readonly gid: number;
  /** All groups that it is in, the effective one included. */
  readonly groups: readonly number[];
  /** Whether the real, the effective and the saved ones are the same. */
  readonly oneUser: boolean;
  /** Memory that it has in RAM, in bytes; 0 for a thread of the kernel. */
  readonly resident: number;
  /** A bit for each capability: those that it may have, that it has now, and that nothing in it can have beyond (capabilities(7)). */
  readonly permitted: bigint;
  readonly effective: bigint;
  readonly bounding: bigint;
}

/** Reads a status file. What a kernel does not tell is 0. */
export function parseStatus(text: string): ProcessStatus {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const ids = (name: string) => (fields.get(name) ?? '').split(/\s+/).map((id) => Number(id) || 0);
  const mask = (name: string) => {
    const value = fields.get(name) ?? '';
    return /^[0-9a-f]+$/i.test(value) ? BigInt(`0x${value}`) : 0n;
  };
  const [users, groups] = [ids('Uid'), ids('Gid')];
  return {
    uid: users[1] ?? 0,
    gid: groups[1] ?? 0,
    groups: [
      groups[1] ?? 0,
      ...(fields.get('Groups') ?? '')
        .split(/\s+/)
        .filter((id) => /^\d+$/.test(id))
        .map(Number),
    ],
    oneUser: [users, groups].every((all) => new Set(all.slice(0, 3)).size === 1),
    resident: (Number.parseInt(fields.get('VmRSS') ?? '0', 10) || 0) * 1024,
    permitted: mask('CapPrm'),
    effective: mask('CapEff'),
    bounding: mask('CapBnd'),
  };
}
