/** How /proc was mounted: proc(5). */
export interface ProcMount {
  /** Whether processes of other users are hidden from those who may not trace them (hidepid). */
  readonly hidesProcesses: boolean;
  /** The group from which nothing is hidden (gid); undefined where there is none, as with hidepid=ptraceable. */
  readonly exemptGroup: number | undefined;
  /** Whether there is nothing in it but processes (subset=pid). */
  readonly onlyProcesses: boolean;
}

/**
 * Reads how /proc is mounted, of the topmost mount there.
 * @param mountinfo the text of /proc/self/mountinfo, see proc_pid_mountinfo(5)
 */
export function parseProcMount(mountinfo: string, path = '/proc'): ProcMount {
  let found: ProcMount = { hidesProcesses: false, exemptGroup: undefined, onlyProcesses: false };
  for (const line of mountinfo.split('\n')) {
    const [mount = '', system = ''] = line.split(' - ');
    const [type, , options = ''] = system.split(' ');
    if (mount.split(' ')[4] !== path || type !== 'proc') continue;
    const all = options.split(',');
    const optionOf = (name: string) => all.find((option) => option.startsWith(`${name}=`))?.slice(name.length + 1);
    const hidepid = optionOf('hidepid') ?? 'off';
    const group = Number(optionOf('gid') ?? 0);
    const hidesProcesses = !['0', 'off'].includes(hidepid);
    found = {
      hidesProcesses,
      exemptGroup: hidesProcesses && !['4', 'ptraceable'].includes(hidepid) ? group : undefined,
      onlyProcesses: all.includes('subset=pid'),
    };
  }
  return found;
}
