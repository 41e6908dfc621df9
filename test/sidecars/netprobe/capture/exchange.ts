import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { NetworkNamespace, said } from '#harness/namespace.ts';
import type { SidecarProcess } from '#harness/process.ts';
import { until } from '#harness/until.ts';

/** Files of one exchange, as others captured it. */
export interface RecordedExchange {
  readonly folder: string;
  /** By tcpdump: Ethernet, with microseconds; with nanoseconds; and all interfaces at once, cooked. */
  readonly microseconds: string;
  readonly nanoseconds: string;
  readonly cooked: string;
  /** By dumpcap: pcapng. */
  readonly pcapng: string;
}

/**
 * Records an exchange of TCP, HTTP, UDP, DNS, ICMP and ARP over IPv4 and IPv6 between two namespaces, by tools that people know. For a test that
 * `needs('linux', 'root', 'tcpdump', 'tshark')`.
 */
export async function recordExchange(t: TestContext): Promise<RecordedExchange> {
  const folder = temporaryFolder(t);
  const [far, near] = [new NetworkNamespace(t), new NetworkNamespace(t)];
  far.connect('eth0', near, 'eth0');
  far.ip('address', 'add', '10.9.0.1/24', 'dev', 'eth0');
  near.ip('address', 'add', '10.9.0.2/24', 'dev', 'eth0');
  far.ip('address', 'add', 'fd09::1/64', 'dev', 'eth0', 'nodad');
  near.ip('address', 'add', 'fd09::2/64', 'dev', 'eth0', 'nodad');
  far.run('sh', '-c', 'echo "0 2147483647" >/proc/sys/net/ipv4/ping_group_range');
  const answers = near.program(new URL('programs/answer.ts', import.meta.url));
  await said(answers, 'answering');
  const files = {
    microseconds: join(folder, 'microseconds.pcap'),
    nanoseconds: join(folder, 'nanoseconds.pcap'),
    cooked: join(folder, 'cooked.pcap'),
    pcapng: join(folder, 'dumpcap.pcapng'),
  };
  const tcpdump = (name: string, path: string, ...more: readonly string[]) =>
    near.start('tcpdump', ['-i', name, '-n', '-U', '--immediate-mode', '-Z', 'root', ...more, '-w', path]);
  const captures: readonly (readonly [SidecarProcess, string])[] = [
    [tcpdump('eth0', files.microseconds), 'listening on'],
    [tcpdump('eth0', files.nanoseconds, '--time-stamp-precision=nano'), 'listening on'],
    [tcpdump('any', files.cooked), 'listening on'],
    [near.start('dumpcap', ['-q', '-i', 'eth0', '-w', files.pcapng]), 'File:'],
  ];
  for (const [capture, words] of captures) await until(words, () => capture.stderr.includes(words));
  const asks = far.program(new URL('programs/ask.ts', import.meta.url));
  await said(asks, 'asked');
  await asks.ended;
  // it writes what it has some time after; a packet takes more room in its file than in the other
  const size = (path: string) => statSync(path).size;
  await until('dumpcap has written all', () => size(files.pcapng) > size(files.microseconds));
  for (const [capture] of captures) {
    capture.child.kill('SIGINT');
    if (capture.child.exitCode === null) await once(capture.child, 'exit');
  }
  return { folder, ...files };
}
