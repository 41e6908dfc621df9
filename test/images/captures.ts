import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { type Container, docker, dockerOutput } from '#harness/docker.ts';
import { SidecarProcess } from '#harness/process.ts';
import { until } from '#harness/until.ts';
import { testImage } from './baked.ts';

/** The flags of the README for the one verb that needs a capability. */
export const capturing: readonly string[] = [
  ...['--user', '0', '--cap-drop', 'ALL', '--cap-add', 'NET_RAW', '--read-only'],
  ...['--security-opt', 'no-new-privileges', '--memory', '64m', '--pids-limit', '64'],
];

/** `docker run … capture … > FILE` beside a container. It goes with the test, and so does its container. */
export function startCapture(t: TestContext, to: Container, words: readonly string[], file: string): SidecarProcess {
  const name = `sidekick-test-capture-${randomUUID().slice(0, 8)}`;
  const out = openSync(file, 'w');
  const own = ['--rm', '--name', name, '--net', `container:${to.id}`, ...capturing];
  const child = spawn('docker', ['run', ...own, testImage('netprobe'), 'capture', ...words], { stdio: ['ignore', out, 'pipe'] });
  closeSync(out);
  const started = new SidecarProcess(child);
  atEnd(t, async () => {
    await docker('rm', '--force', name);
    await started.ended;
  });
  return started;
}

/** `tcpdump -w FILE` of the host, in the network namespace of a container, once it listens. It ends with the test at the latest. */
export async function startTcpdump(t: TestContext, to: Container, filter: string, file: string): Promise<SidecarProcess> {
  const pid = await dockerOutput('inspect', '--format', '{{.State.Pid}}', to.id);
  // as root, so that its file may be anywhere; at once, as it throws away what it has buffered when it is told to end; and with 64 MiB of
  // buffer, as it drops packets with its own 2 where it has to wait for a processor
  const words = ['-i', 'eth0', '-w', file, '-U', '--immediate-mode', '-B', '65536', '-Z', 'root', filter];
  const child = spawn('nsenter', [`--net=/proc/${pid}/ns/net`, 'tcpdump', ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
  const started = new SidecarProcess(child);
  atEnd(t, () => started.stop('SIGKILL'));
  await until('tcpdump listens', () => {
    if (child.exitCode !== null) throw new Error(started.stderr);
    return started.stderr.includes('listening on');
  });
  return started;
}

/** The packets of a file, each as it was on the wire, in hexadecimal. */
export function packetsIn(file: string): string[] {
  // in the form that is read in five lines
  const bytes = execFileSync('editcap', ['-F', 'nsecpcap', file, '-'], {
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const packets: string[] = [];
  for (let at = 24; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at + 8);
    packets.push(bytes.toString('hex', at + 16, at + 16 + length));
    at += 16 + length;
  }
  return packets;
}
