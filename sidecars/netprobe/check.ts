import { messageOf } from '#shared/exit.ts';
import type { Libc } from '#shared/linux/libc.ts';
import type { Finding } from '#shared/run.ts';
import { defaultGateway } from './checks/gateway.ts';
import { makeCheck } from './checks/make.ts';
import { warmUp } from './checks/warm-up.ts';
import { Closings } from './closings/closings.ts';
import { threadFile } from './closings/thread-file.ts';
import type { NetprobeLife } from './netprobe.ts';
import { ProcNet } from './proc/proc-net.ts';
import { Surroundings } from './route/surroundings.ts';
import { openSource } from './sockets/open.ts';

/** What `--check` looks at: what the kernel tells here, whether the namespace has an owner, and every check once. It listens nowhere. */
export async function check({ settings, stopping }: NetprobeLife): Promise<readonly Finding[]> {
  const { source, libc, reason } = openSource(settings.source);
  const surroundings = libc && new Surroundings(libc);
  try {
    let listeners = 0;
    source.listeners(() => {
      listeners += 1;
    });
    const told = `${source.name} tells of ${listeners} listening sockets`;
    const less = source.missing.length === 0 ? '' : `, but not of ${source.missing.join(', ')}`;
    const findings: Finding[] = [{ what: 'sockets', ok: true, detail: `${told}${less}${reason ? ` (${reason})` : ''}` }];
    if (settings.events) findings.push(await checkEvents(libc));
    findings.push(checkCounters());
    if (surroundings !== undefined) findings.push(checkNamespace(surroundings));
    const gateway = () => surroundings?.tables.gateway() ?? defaultGateway();
    await warmUp(settings.checks ?? []);
    const options = { timeout: settings.checkTimeout, gateway };
    const outcomes = await Promise.all((settings.checks ?? []).map((target) => makeCheck(target, options, stopping)));
    return [...findings, ...outcomes.map(({ check: what, ok, detail }) => ({ what, ok, detail }))];
  } finally {
    surroundings?.close();
    source.close();
  }
}

async function checkEvents(libc: Libc | undefined): Promise<Finding> {
  const what = 'ends of connections';
  if (libc === undefined) return { what, ok: true, detail: 'are not heard of without netlink' };
  try {
    const closings = new Closings(libc, threadFile, { ended: () => {}, lost: () => {}, alone: () => {} });
    await closings.stop();
    return { what, ok: true, detail: 'are heard of' };
  } catch (error) {
    return { what, ok: false, detail: `are not heard of: ${messageOf(error)}; set NETPROBE_EVENTS=off to do without` };
  }
}

function checkCounters(): Finding {
  const proc = new ProcNet();
  const counters = proc.counters();
  proc.interfaces();
  proc.sockets();
  proc.softnet();
  const unread = proc.unread.filter(({ expected }) => !expected).map(({ path, reason }) => `${path}: ${reason}`);
  proc.close();
  return {
    what: 'counters',
    ok: counters.size > 0,
    detail: unread.length === 0 ? `${counters.size} of them in /proc/self/net` : unread.join('; '),
  };
}

function checkNamespace({ links }: Surroundings): Finding {
  const names = links.map(({ name }) => name).join(', ');
  const alone = links.every(({ type }) => type === 'loopback');
  const detail = alone
    ? `it has only ${names || 'nothing'}: join that of a container that runs, by --net container:NAME, if there should be more`
    : `it has ${names}`;
  return { what: 'namespace', ok: true, detail };
}
