import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answers } from '../../answers.ts';
import type { Peer, Task } from './peer.ts';

/** nginx with its stream module and the defaults of that; as one process, which leaves no other behind when it is killed. */
export const nginx: Peer = {
  name: 'nginx',
  skills: ['routes', 'idle', 'tls'],
  present: () => answers('nginx', '-v'),
  start: (task) => task.start('nginx', ['-p', task.folder, '-e', 'stderr', '-c', settings(task)]),
};

/** @see https://nginx.org/en/docs/stream/ngx_stream_proxy_module.html */
function settings({ folder, routes, connections }: Task): string {
  const path = join(folder, 'nginx.conf');
  const servers = routes.map(({ listen, backend, certificate }) => {
    const tls =
      certificate && `ssl_protocols TLSv1.3; ssl_certificate ${certificate.cert}; ssl_certificate_key ${certificate.key};`;
    return `
  server {
    listen 127.0.0.1:${listen} backlog=4096 ${tls === undefined ? '' : 'ssl'};
    ${tls ?? ''}
    proxy_pass 127.0.0.1:${backend};
    proxy_timeout 1h;
  }`;
  });
  const text = `
daemon off;
master_process off;
pid nginx.pid;
events {
  worker_connections ${connections * 2 + 20};
}
stream {${servers.join('')}
}
`;
  writeFileSync(path, text);
  return path;
}
