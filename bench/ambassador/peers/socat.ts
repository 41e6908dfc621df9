import { answers } from '../../answers.ts';
import type { Peer } from './peer.ts';

/** socat, which has one route, and makes a process for each connection. */
export const socat: Peer = {
  name: 'socat',
  skills: [],
  present: () => answers('socat', '-V'),
  start: ({ routes: [route], start }) => {
    const listen = `TCP-LISTEN:${route?.listen},bind=127.0.0.1,fork,reuseaddr,backlog=4096,nodelay`;
    return start('socat', [listen, `TCP:127.0.0.1:${route?.backend},nodelay`]);
  },
};
