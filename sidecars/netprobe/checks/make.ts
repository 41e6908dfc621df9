import type { TLSSocket } from 'node:tls';
import { messageOf } from '#shared/exit.ts';
import { type Connected, connectToAny } from './connect.ts';
import { askDns } from './dns.ts';
import { askHttp, type TakeAnswer } from './http.ts';
import { pingAny, preparePing } from './icmp.ts';
import { resolveHost } from './names/resolve.ts';
import type { Deadline } from './names/search.ts';
import { CheckFailure, Course, type Outcome, type Phase, type Verdict } from './outcome.ts';
import { type CheckTarget, gatewayHost } from './target.ts';
import { beginTls } from './tls.ts';
import { trust } from './trust.ts';

/** What a check needs beside its target. */
export interface CheckOptions {
  /** Milliseconds that it may take. */
  readonly timeout: number;
  /** The router of the default route; undefined where there is none. */
  readonly gateway: () => string | undefined;
  /** Reads the body of an answer by HTTP that is well, within the time of the check. */
  readonly take?: TakeAnswer | undefined;
}

/** What a check does with, while it runs. */
interface Ground extends Pick<CheckOptions, 'gateway' | 'take'> {
  readonly course: Course;
  readonly deadline: Deadline;
  readonly signal: AbortSignal;
}

/**
 * Makes a check once. It never takes longer than it may, and what it opened is closed when it is done.
 * @returns what was found, also that it failed.
 * @throws the signal's reason.
 */
export async function makeCheck(target: CheckTarget, options: CheckOptions, signal: AbortSignal): Promise<Outcome> {
  signal.throwIfAborted();
  prepare(target);
  const { timeout, gateway, take } = options;
  const course = new Course();
  const limited = new AbortController();
  const abort = () => limited.abort(signal.reason);
  signal.addEventListener('abort', abort);
  const timer = setTimeout(() => limited.abort(new CheckFailure(lateWords(course.phase, timeout))), timeout);
  const begun = performance.now();
  const end = ({ ok, detail }: Verdict): Outcome => {
    const seconds = (performance.now() - begun) / 1000;
    const { phases, servers, certificateExpires } = course;
    return { check: target.text, ok, detail, seconds, phases, servers, ...(certificateExpires && { certificateExpires }) };
  };
  try {
    return end(await attempt(target, { course, gateway, take, deadline: begun + timeout, signal: limited.signal }));
  } catch (error) {
    signal.throwIfAborted();
    return end({ ok: false, detail: messageOf(error) });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    // whatever still listens to it
    limited.abort(new CheckFailure('the check is over'));
  }
}

/** Loads what checks of this kind need before a clock runs: some tens of milliseconds, the first time. */
export function prepare({ type }: CheckTarget): void {
  if (type === 'tls' || type === 'https') trust();
  if (type === 'icmp') preparePing();
}

/** @throws Error in words, or the signal's reason. */
async function attempt(target: CheckTarget, ground: Ground): Promise<Verdict> {
  const { course, deadline, signal } = ground;
  switch (target.type) {
    case 'tcp': {
      const { socket, address } = await connectTo(target.host, target.port, ground);
      socket.destroy();
      return { ok: true, detail: `connected to ${address}` };
    }
    case 'tls': {
      const secure = await secureTo(target.host, target.port, ground);
      const detail = `${secure.getProtocol()}, certificate valid until ${course.certificateExpires?.toISOString()}`;
      secure.destroy();
      return { ok: true, detail };
    }
    case 'http': {
      const { socket } = await connectTo(target.host, target.port, ground);
      const question = { ...target, host: nameOf(target.host, ground), defaultPort: 80 };
      return course.time('process', () => askHttp(socket, question, signal, ground.take));
    }
    case 'https': {
      const secure = await secureTo(target.host, target.port, ground, ['http/1.1']);
      const question = { ...target, host: nameOf(target.host, ground), defaultPort: 443 };
      return course.time('process', () => askHttp(secure, question, signal, ground.take));
    }
    case 'dns': {
      const { server } = target;
      const [address] = server === undefined ? [] : await addressesOf(server.host, ground);
      const asked = address === undefined || server === undefined ? undefined : { address, port: server.port };
      return course.time('process', () => askDns(target, asked, course, deadline, signal));
    }
    case 'icmp': {
      const addresses = await addressesOf(target.host, ground);
      const { seconds, address } = await course.time('process', () => pingAny(addresses, deadline, signal));
      course.phases.process = seconds;
      return { ok: true, detail: `reply from ${address}` };
    }
  }
}

async function connectTo(host: string, port: number, ground: Ground): Promise<Connected> {
  const addresses = await addressesOf(host, ground);
  return ground.course.time('connect', () => connectToAny(addresses, port, ground.deadline, ground.signal));
}

/** @param protocols see {@link beginTls}. @throws Error in words, also where the certificate is refused. */
async function secureTo(host: string, port: number, ground: Ground, protocols?: string[]): Promise<TLSSocket> {
  const { course, signal } = ground;
  const { socket } = await connectTo(host, port, ground);
  const name = nameOf(host, ground);
  const { secure, refusal } = await course.time('tls', () => beginTls(socket, name, course, signal, protocols));
  if (refusal === undefined) return secure;
  secure.destroy();
  throw new CheckFailure(refusal);
}

function addressesOf(host: string, ground: Ground): Promise<readonly string[]> {
  return ground.course.time('resolve', () => resolveHost(nameOf(host, ground), ground.deadline, ground.signal));
}

/** Whom a host means. */
function nameOf(host: string, { gateway }: Pick<Ground, 'gateway'>): string {
  if (host !== gatewayHost) return host;
  const address = gateway();
  if (address === undefined) throw new CheckFailure('this namespace has no default route, and so no gateway');
  return address;
}

function lateWords(phase: Phase | undefined, timeout: number): string {
  const words: Record<Phase, string> = {
    resolve: 'no answer of a name server',
    connect: 'no connection',
    tls: 'no TLS handshake',
    process: 'no answer',
  };
  return `timeout: ${words[phase ?? 'process']} within ${timeout} ms`;
}
