import type { TestContext } from 'node:test';
import { Exposition } from '#harness/exposition.ts';
import { NetworkNamespace, said } from '#harness/namespace.ts';
import type { SidecarProcess } from '#harness/process.ts';
import { until } from '#harness/until.ts';
import type { Status } from '../../../../sidecars/netprobe/status.ts';

/** What a program of the tests sent and received. */
export interface Amounts {
  readonly sent: number;
  readonly received: number;
  readonly connections: number;
}

/** A namespace with a probe in it. */
export class Probed extends NetworkNamespace {
  probe: SidecarProcess | undefined;

  /** Starts a probe, and waits until it hears of closings and has read once. */
  async begin(env: Readonly<Record<string, string>> = {}): Promise<SidecarProcess> {
    const probe = this.sidecar('netprobe', { NETPROBE_INTERVAL: '200ms', ...env });
    this.probe = probe;
    await probe.says('started');
    await until('it is ready and hears', async () => (await this.ready()) && (await this.status()).source.events);
    return probe;
  }

  async ready(): Promise<boolean> {
    return (await this.get('http://127.0.0.1:9804/readyz')).status === 200;
  }

  async metrics(): Promise<Exposition> {
    return new Exposition((await this.get('http://127.0.0.1:9804/metrics')).text);
  }

  async status(): Promise<Status> {
    return JSON.parse((await this.get('http://127.0.0.1:9804/status')).text);
  }

  /** Starts a server in it. @returns its port, and what ends it and gives what it sent and received */
  async serve(address: string, first: 'client' | 'server', port = 0): Promise<{ port: number; end: () => Promise<Amounts> }> {
    const server = this.program(new URL('./programs/serve.ts', import.meta.url), address, String(port), first);
    const at = Number(await said(server, 'listening '));
    const end = async () => {
      server.child.stdin?.end();
      return JSON.parse(await said(server, 'told ')) as Amounts;
    };
    return { port: at, end };
  }

  /** Makes short connections from it. */
  async ask(address: string, port: number, count: number, first: 'client' | 'server'): Promise<Amounts> {
    return JSON.parse(
      await said(
        this.program(new URL('./programs/ask.ts', import.meta.url), address, String(port), String(count), first),
        'told ',
      ),
    );
  }
}

/** Two namespaces with a link between them: 10.7.0.1 and 10.7.0.2, fd00:7::1 and fd00:7::2. */
export function neighbours(t: TestContext): readonly [Probed, Probed] {
  const [one, other] = [new Probed(t), new Probed(t)];
  one.connect('eth0', other, 'eth0');
  for (const [namespace, last] of [
    [one, 1],
    [other, 2],
  ] as const) {
    namespace.ip('addr', 'add', `10.7.0.${last}/24`, 'dev', 'eth0');
    namespace.ip('addr', 'add', `fd00:7::${last}/64`, 'dev', 'eth0', 'nodad');
  }
  return [one, other];
}
