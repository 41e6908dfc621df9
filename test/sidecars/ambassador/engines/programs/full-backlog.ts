import { connect } from 'node:net';
import type { TestContext } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { tcpSockets } from '#harness/proc.ts';
import { until } from '#harness/until.ts';
import { Program } from './program.ts';

/** A backend that answers nobody who connects, as one behind a firewall that drops: it is stopped, and its queue is full. */
export class FullBacklog {
  readonly port: number;
  readonly address: string;
  readonly #server: Program;

  private constructor(server: Program, port: number) {
    this.#server = server;
    this.port = port;
    this.address = `127.0.0.1:${port}`;
  }

  static async listen(t: TestContext): Promise<FullBacklog> {
    const server = new Program(t, 'echo-server', [0, 1]);
    const port = await server.tells('port');
    server.child.kill('SIGSTOP');
    const fillers = Array.from({ length: 4 }, () => connect({ host: '127.0.0.1', port }).on('error', () => {}));
    atEnd(t, () => fillers.map((socket) => socket.destroy()));
    // one more than its length of 1 fits into a queue (tcp(7): a SYN that finds it full is dropped)
    await until('the queue is full', () => fillers.filter(({ connecting }) => !connecting).length === 2);
    for (const socket of fillers) if (socket.connecting) socket.destroy();
    await until('nobody is connecting', () => tcpSockets('synSent', 'remote', port) === 0);
    return new FullBacklog(server, port);
  }

  /** How many are connecting to it. */
  get connecting(): number {
    return tcpSockets('synSent', 'remote', this.port);
  }

  /** Accepts from now on: those that are connecting get through when they send their next SYN. */
  accept(): void {
    this.#server.child.kill('SIGCONT');
  }
}
