import { codeOf } from '#shared/exit.ts';
import { type Libc, openLibc } from '#shared/linux/libc.ts';
import { ping } from '#shared/linux/ping.ts';
import { eachInTurn } from './connect.ts';
import type { Deadline } from './names/search.ts';
import { CheckFailure } from './outcome.ts';

let known: Libc | undefined;

/** Opens the C library, which takes some milliseconds the first time. */
export function preparePing(): void {
  try {
    known ??= openLibc();
  } catch {
    // each check tells why
  }
}

/**
 * Pings the first of some addresses that answers.
 * @returns the time of the echo in seconds, and who sent it.
 * @throws CheckFailure that says why none does, or the signal's reason.
 */
export async function pingAny(
  addresses: readonly string[],
  deadline: Deadline,
  signal: AbortSignal,
): Promise<{ seconds: number; address: string }> {
  const libc = opened();
  return eachInTurn(addresses, deadline, signal, async (address, limited) => {
    try {
      return { seconds: await ping(libc, address, limited), address };
    } catch (error) {
      throw refusalOf(error) ?? error;
    }
  });
}

function opened(): Libc {
  try {
    known ??= openLibc();
    return known;
  } catch (cause) {
    throw new CheckFailure('ping takes the C library through node:ffi, which is not to be had here; use tcp:// instead', {
      cause,
    });
  }
}

/** Why there is no ping socket at all; undefined where the error is about the host. */
function refusalOf(error: unknown): CheckFailure | undefined {
  // Node's errors name their call, too, and those are about the host
  if (!(error instanceof Error) || error.name !== 'SystemError') return undefined;
  const code = codeOf(error) ?? '';
  const words: Readonly<Record<string, string>> = {
    EACCES: `this namespace lets gid ${process.getgid?.()} send no ping: set the sysctl net.ipv4.ping_group_range to "0 2147483647"`,
    EPERM:
      'a seccomp filter or security module forbids ping sockets; allow socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP), or use tcp://',
  };
  return words[code] === undefined ? undefined : new CheckFailure(`${words[code]} (${code})`, { cause: error });
}
