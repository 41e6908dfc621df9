import { type AddressInfo, connect, createServer } from 'node:net';
import type { TestContext } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { type Behave, dial, type Peer, silent, TcpServer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import type { JoinAccount, Joined } from '../../../../sidecars/ambassador/engines/net/joined.ts';
import { joinWithFaults } from '../../../../sidecars/ambassador/faults/join.ts';
import { RouteFaults } from '../../../../sidecars/ambassador/faults/route-faults.ts';
import type { Stream, Toxic } from '../../../../sidecars/ambassador/faults/toxics/toxic.ts';

/** What a join told. */
export class Account implements JoinAccount {
  upBytes = 0;
  downBytes = 0;
  readonly ends: string[] = [];

  up(bytes: number): void {
    this.upBytes += bytes;
  }

  down(bytes: number): void {
    this.downBytes += bytes;
  }

  ended(how: string): void {
    this.ends.push(how);
  }
}

/** A proxy of nothing but {@link joinWithFaults}, and a server behind it. */
export interface Way {
  readonly faults: RouteFaults;
  readonly port: number;
  readonly backend: TcpServer;
  readonly accounts: readonly Account[];
  readonly joins: readonly Joined[];
}

/** Opens a way that ends with the test. */
export async function openWay(t: TestContext, toxics: readonly Toxic[] = [], behave: Behave = silent): Promise<Way> {
  const backend = await TcpServer.listen(t, behave);
  const faults = new RouteFaults();
  faults.set(toxics);
  const accounts: Account[] = [];
  const joins: Joined[] = [];
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
    const onward = connect({ host: '127.0.0.1', port: backend.port, allowHalfOpen: true, noDelay: true });
    onward.pause();
    onward.once('connect', () => {
      const account = new Account();
      accounts.push(account);
      joins.push(joinWithFaults(client, onward, faults, account));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  atEnd(t, () => new Promise((resolve) => void server.close(resolve)));
  atEnd(t, () => faults.cut());
  return { faults, port: (server.address() as AddressInfo).port, backend, accounts, joins };
}

/** A client of a way, and the peer that it has behind it, in the order in which they came. */
export async function connectThrough(t: TestContext, way: Way): Promise<{ client: Peer; backend: Peer; account: Account }> {
  const index = way.backend.peers.length;
  const client = await dial(t, way.port);
  const backend = await way.backend.peer(index);
  await until('it is joined', () => way.accounts.length > index);
  return { client, backend, account: way.accounts[index] as Account };
}

/** A toxic on all connections. */
export function toxic(
  type: string,
  attributes: Record<string, number>,
  stream: Stream = 'downstream',
  name = `${type}_${stream}`,
): Toxic {
  return { name, type, stream, toxicity: 1, attributes };
}
