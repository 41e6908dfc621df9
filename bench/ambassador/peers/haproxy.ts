import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answers } from '../../answers.ts';
import type { Peer, Task } from './peer.ts';

/** haproxy as Debian's stable release brings it, with its defaults: bytes are copied. */
export const haproxy: Peer = {
  name: 'haproxy',
  skills: ['routes', 'idle', 'tls'],
  present: () => answers('haproxy', '-v'),
  start: (task) => task.start('haproxy', ['-db', '-f', settings(task, '')]),
};

/** haproxy at its best: the newest, and bytes that stay in the kernel. */
export const haproxySplice: Peer = {
  name: 'haproxy-splice',
  skills: ['routes', 'idle', 'tls'],
  present: () => answers('haproxy-newest', '-v'),
  start: (task) => task.start('haproxy-newest', ['-db', '-f', settings(task, 'option splice-auto')]),
};

/**
 * With a maxconn, and pipes for all connections that splice at the same time: it does not start where it could run out of descriptors.
 * @see https://docs.haproxy.org/3.2/configuration.html
 */
function settings({ folder, routes, connections }: Task, option: string): string {
  const path = join(folder, 'haproxy.cfg');
  const listeners = routes.map(
    ({ listen, backend, certificate }) => `
listen route-${listen}
  bind 127.0.0.1:${listen} ${certificate === undefined ? '' : `ssl crt ${certificate.both}`}
  server backend 127.0.0.1:${backend}
`,
  );
  const text = `
global
  nbthread 1
  maxconn ${connections}
  maxpipes 40
defaults
  mode tcp
  ${option}
  timeout connect 5s
  timeout client 1h
  timeout server 1h
${listeners.join('')}`;
  writeFileSync(path, text);
  return path;
}
