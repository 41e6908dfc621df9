/** Something that the kernel did not tell, and why. */
export interface Unread {
  readonly path: string;
  /** In words that stand behind a colon: `no such file: IPv6 is off`. */
  readonly reason: string;
  /** Whether that is normal on many machines, and no reason to look. */
  readonly expected: boolean;
}

/** Why some files may not be there; the first that fits counts. */
const absences: readonly { readonly path: RegExp; readonly why: string; readonly expected: boolean }[] = [
  { path: /\/(snmp6|sockstat6|tcp6|udp6)$/, why: 'IPv6 is off', expected: true },
  { path: /\/nf_conntrack(_count|_max)?$/, why: 'connections are not tracked here', expected: true },
  { path: /\/class\/net$/, why: '/sys is not mounted here', expected: false },
  { path: /./, why: 'this kernel does not tell it', expected: false },
];

/** Says why a file could not be read. @param error what the attempt threw */
export function unread(path: string, error: unknown): Unread {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const absence = code === 'ENOENT' ? absences.find((one) => one.path.test(path)) : undefined;
  if (absence !== undefined) return { path, reason: `no such file: ${absence.why}`, expected: absence.expected };
  if (code === 'EACCES' || code === 'EPERM')
    return {
      path,
      reason: `${code}: a security profile, such as one of AppArmor or SELinux, forbids to read it`,
      expected: false,
    };
  return { path, reason: error instanceof Error ? error.message : String(error), expected: false };
}

/** Says that /sys shows another namespace than ours. */
export function foreign(path: string): Unread {
  return {
    path,
    reason: 'shows other interfaces than /proc/self/net/dev: it was mounted in another network namespace',
    expected: false,
  };
}
