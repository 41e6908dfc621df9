import { exists } from '../../bundle.ts';
import type { Peer, Route, Task } from './peer.ts';

/** sidekick/ambassador, bundled and started as in its image, with bytes that stay in the kernel. TLS is not this engine's. */
export const splice: Peer = {
  name: 'splice',
  skills: ['routes', 'idle'],
  present: () => exists('ambassador'),
  bundled: true,
  start: (task) => start(task, 'splice'),
};

/** The same with the sockets of Node. */
export const net: Peer = {
  name: 'net',
  skills: ['routes', 'idle', 'tls'],
  present: () => exists('ambassador'),
  bundled: true,
  start: (task) => start(task, 'net'),
};

function start(task: Task, engine: string) {
  const env = { AMBASSADOR_ENGINE: engine, AMBASSADOR_ADMIN: '127.0.0.1:0' };
  return task.start(process.execPath, [...task.sidecar(), ...task.routes.map(written)], env);
}

function written({ listen, backend, certificate }: Route): string {
  const tls = certificate && `?tls-cert=${certificate.cert}&tls-key=${certificate.key}`;
  return `127.0.0.1:${listen}=127.0.0.1:${backend}${tls ?? ''}`;
}
