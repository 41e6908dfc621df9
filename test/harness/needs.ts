import { spawnSync } from 'node:child_process';
import { mariadbBin, postgresBin, postgresMajors } from './rig.ts';

/** What some machines lack. Each has a probe that tells, once for a test process, whether this machine has it. */
const probes = {
  linux: () => process.platform === 'linux',
  root: () => process.getuid?.() === 0,
  docker: () => answers('docker', 'version', '--format', '{{.Server.Version}}'),
  openssl: () => answers('openssl', 'version'),
  zstd: () => answers('zstd', '--version'),
  age: () => answers('age', '--version') && answers('age-keygen', '--version'),
  acl: () => answers('setfacl', '--version') && answers('getfacl', '--version'),
  attr: () => answers('setfattr', '--version') && answers('getfattr', '--version'),
  promtool: () => answers('promtool', '--version'),
  'prometheus-node-exporter': () => answers('prometheus-node-exporter', '--version'),
  ss: () => answers('ss', '-V'),
  nstat: () => answers('nstat', '-V'),
  haproxy: () => answers('haproxy', '-v'),
  iperf3: () => answers('iperf3', '--version'),
  kubectl: () => answers('kubectl', 'version', '--client'),
  redis: () => ['redis-server', 'redis-cli', 'redis-benchmark'].every((command) => answers(command, '--version')),
  rsyslog: () => answers('rsyslogd', '-v'),
  wrk: () => named('wrk', '-v'),
  postgres: () => ['initdb', 'postgres', 'pgbench'].every((command) => answers(command, '--version')),
  /** The servers and clients of all majors that the rig brings. */
  postgresql: () => postgresMajors.every((major) => answers(`${postgresBin(major)}/postgres`, '--version')),
  mariadb: () => answers(`${mariadbBin}/mariadbd`, '--version'),
  /** A gateway of Ceph; `test/rig/ceph-up` starts one and prints the value. */
  ceph: () => (process.env.SIDEKICK_TEST_S3 ?? '') !== '',
  tcpdump: () => answers('tcpdump', '--version'),
  tshark: () => ['tshark', 'capinfos', 'editcap', 'mergecap'].every((command) => answers(command, '--version')),
  /** The library of tcpdump, for those who open it by node:ffi. */
  libpcap: () => opens('libpcap.so.0.8'),
  dig: () => answers('dig', '-v'),
  curl: () => answers('curl', '--version'),
  psql: () => answers('psql', '--version'),
  /** A queue of the kernel that drops what comes faster than it may go: token bucket filters (tc-tbf(8)). */
  tbf: () => answers('unshare', '--net', ...'tc qdisc add dev lo root tbf rate 1mbit burst 32kb limit 64kb'.split(' ')),
  chromium: () => answers('chromium', '--version'),
} satisfies Record<string, () => boolean>;

/** The name of something that a test needs from the machine. */
export type Need = keyof typeof probes;

const known = new Map<Need, boolean>();

/**
 * Options for a test that needs more than Node: `test('…', needs('docker'), …)`.
 * Where the machine lacks it, the test is skipped and says by name what is missing;
 * where `SIDEKICK_TEST_REQUIRE` is `all` or names it, nothing may be skipped and the test file fails.
 * @throws Error naming what is missing, where it is required.
 */
export function needs(...what: readonly Need[]): { skip: string } | Record<string, never> {
  const missing = what.filter((need) => !has(need));
  if (missing.length === 0) return {};
  const required = (process.env.SIDEKICK_TEST_REQUIRE ?? '').split(',');
  const demanded = missing.filter((need) => required.includes('all') || required.includes(need));
  if (demanded.length > 0)
    throw new Error(`this machine lacks ${demanded.join(', ')}, and SIDEKICK_TEST_REQUIRE forbids to skip`);
  return { skip: `this machine lacks ${missing.join(', ')}` };
}

/** Whether this machine has what is named. */
export function has(need: Need): boolean {
  const answer = known.get(need) ?? probes[need]();
  known.set(need, answer);
  return answer;
}

/** Whether there is such a command, however it ends. */
function named(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore', timeout: 10_000 }).error === undefined;
}

function answers(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore', timeout: 10_000 }).status === 0;
}

/** Whether node:ffi finds a shared library. */
function opens(library: string): boolean {
  const ffi = process.getBuiltinModule('node:ffi');
  try {
    ffi?.dlopen(library).lib.close();
    return ffi !== undefined;
  } catch {
    return false;
  }
}
