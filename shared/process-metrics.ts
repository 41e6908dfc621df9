import { readdirSync, readFileSync } from 'node:fs';
import type { Metrics } from './metrics.ts';

/**
 * Adds `sidekick_build_info` and the standard metrics about the process. What `/proc` tells is left out where there is none.
 * @param build what `--version` says.
 * @see https://prometheus.io/docs/instrumenting/writing_clientlibs/#standard-and-runtime-collectors
 */
export function addProcessMetrics(metrics: Metrics, build: { readonly version: string }): void {
  metrics
    .within('sidekick')
    .gauge('build_info', 'Always 1; its labels tell what runs.', ['version', 'node', 'arch'])
    .set(1, { version: build.version, node: process.versions.node, arch: process.arch });

  const standard = metrics.within('process');
  const cpu = standard.counter('cpu_seconds_total', 'Time on the processor, user and system, in seconds.');
  const resident = standard.gauge('resident_memory_bytes', 'Resident memory in bytes.');
  const started = standard.gauge('start_time_seconds', 'When the process started, in seconds since the Unix epoch.');
  started.set(performance.timeOrigin / 1000);

  const node = metrics.within('nodejs');
  const heapUsed = node.gauge('heap_size_used_bytes', 'JavaScript heap in use, in bytes.');
  const heapTotal = node.gauge('heap_size_total_bytes', 'JavaScript heap taken from the system, in bytes.');
  const external = node.gauge(
    'external_memory_bytes',
    'Memory of buffers and other objects outside of the JavaScript heap, in bytes.',
  );
  metrics.onCollect(() => {
    const { user, system } = process.cpuUsage();
    cpu.add(Math.max(0, (user + system) / 1e6 - cpu.value()));
    const memory = process.memoryUsage();
    resident.set(memory.rss);
    heapUsed.set(memory.heapUsed);
    heapTotal.set(memory.heapTotal);
    external.set(memory.external);
  });

  if (process.platform !== 'linux') return;
  const virtual = standard.gauge('virtual_memory_bytes', 'Virtual memory in bytes.');
  const open = standard.gauge('open_fds', 'Open file descriptors.');
  const most = standard.gauge('max_fds', 'How many file descriptors may be open.');
  const limit = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  most.set(limit === undefined ? Infinity : Number(limit));
  metrics.onCollect(() => {
    const kilobytes = /^VmSize:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    virtual.set(Number(kilobytes) * 1024);
    // Reading the folder takes one descriptor itself.
    open.set(readdirSync('/proc/self/fd').length - 1);
  });
}
