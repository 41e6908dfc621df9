import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Listen } from './config/address.ts';

/** How long `--healthy` waits for the answer, in ms. */
const ANSWER_LIMIT = 2000;

/**
 * Asks a running sidecar's own `/livez`, for `--healthy`. Never throws: `text` says what was wrong.
 * With the admin server off nothing can be asked, and that counts as live: switching it off
 * must not make an orchestrator restart the container for ever.
 */
export async function askLive(listen: Listen): Promise<{ readonly live: boolean; readonly text: string }> {
  if (listen.type === 'off') return { live: true, text: 'the admin server is off, so there is nothing to ask' };
  if (listen.type === 'unix') return await ask({ socketPath: listen.path });
  const { host, port } = listen;
  if (host !== undefined && host !== '0.0.0.0' && host !== '::') return await ask({ host, port });
  // Without a host the server is bound to both families, or to IPv4 alone where the kernel has no IPv6.
  return await ask({ host: host === '::' ? '::1' : '127.0.0.1', port });
}

async function ask(target: { host: string; port: number } | { socketPath: string }): Promise<{ live: boolean; text: string }> {
  const signal = AbortSignal.timeout(ANSWER_LIMIT);
  try {
    const answered = await new Promise<IncomingMessage>((resolve, reject) => {
      request({ ...target, path: '/livez', agent: false, signal }, resolve)
        .once('error', reject)
        .end();
    });
    return { live: answered.statusCode === 200, text: (await text(answered)).trimEnd() };
  } catch (error) {
    const where = 'port' in target ? `${target.host} port ${target.port}` : target.socketPath;
    const why = signal.aborted ? `no answer in ${ANSWER_LIMIT / 1000} s` : String(error);
    return { live: false, text: `cannot ask the admin server at ${where}: ${why}` };
  }
}
