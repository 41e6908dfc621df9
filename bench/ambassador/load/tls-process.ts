// node tls-process.ts: TLS clients, by Node itself. They are asked over the channel of child_process for one task after the other.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import type { Bulk } from './bulk.ts';
import type { Connects } from './connects.ts';
import type { Asked, Outcome, Target, TlsTasks } from './task.ts';
import { patience, type Window, warmUp, watch } from './window.ts';

/** The same for all proxies, whatever they prefer. The certificate is made by the bench, for nobody. */
const terms = {
  host: '127.0.0.1',
  rejectUnauthorized: false,
  minVersion: 'TLSv1.3',
  ciphers: 'TLS_AES_128_GCM_SHA256',
} as const;
/** Connections at the same time where they are counted. */
const flight = 8;

process.on('message', (task: Asked<TlsTasks>) => {
  const work = task.name === 'bulk' ? bulk(task.told) : connects(task.told);
  work.then(
    (value) => process.send?.({ value } satisfies Outcome),
    (error) => process.send?.({ error: String(error) } satisfies Outcome),
  );
});
process.on('disconnect', () => process.exit());
process.send?.({ value: null } satisfies Outcome);

/** One client takes as much as it gets. */
async function bulk(target: Target): Promise<Bulk> {
  let bytes = 0;
  const callback = (count: number) => {
    bytes += count;
    return true;
  };
  // one buffer for all, as for any socket; the types of tls.connect do not know of it
  const options = { ...terms, port: target.port, onread: { buffer: Buffer.alloc(2 ** 18), callback } };
  const client = connect(options);
  await once(client, 'secureConnect');
  // then fewer bytes come, or none
  client.on('error', () => client.destroy());
  let measured = 0;
  const begin = () => {
    measured = bytes;
  };
  const window = await observed(target, begin, () => bytes > measured);
  measured = bytes - measured;
  client.destroy();
  if (measured === 0) throw new Error('no byte came by TLS');
  return { bytes: measured, ...window };
}

/** Connections with a whole handshake each, a byte each way, and their end. */
async function connects(target: Target): Promise<Connects> {
  let [connections, failed, over] = [0, 0, false];
  const place = async () => {
    while (!over)
      if (await exchange(target.port)) connections += 1;
      else failed += 1;
  };
  const places = Array.from({ length: flight }, place);
  const begin = () => {
    [connections, failed] = [0, 0];
  };
  const window = await observed(target, begin, () => connections > 0);
  const counted = { connections, failed, ...window };
  over = true;
  await Promise.all(places);
  if (counted.connections === 0) throw new Error(`not one TLS connection came about, and ${counted.failed} failed`);
  return counted;
}

async function exchange(port: number): Promise<boolean> {
  const client: TLSSocket = connect({ ...terms, port });
  client.write('x');
  const answered = once(client, 'data').then(() => true);
  try {
    return await Promise.race([answered, once(client, 'close').then(() => false)]);
  } catch {
    return false;
  } finally {
    client.destroy();
  }
}

/** As the one of the other load: @see window.ts */
async function observed({ seconds, proxy }: Target, begin: () => void, some: () => boolean): Promise<Window> {
  await sleep(seconds * 1000 * warmUp);
  begin();
  const window = watch(proxy);
  await sleep(seconds * 1000);
  for (const end = Date.now() + patience; !some() && Date.now() < end; ) await sleep(10);
  return window();
}
