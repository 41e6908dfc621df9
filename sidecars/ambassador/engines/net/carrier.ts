import type { Socket } from 'node:net';
import type { Log } from '#shared/log.ts';
import type { Attempt } from '../../dispatch/attempt.ts';
import type { Backend } from '../../dispatch/backend.ts';
import type { Dialer, Refusal } from '../../dispatch/dispatcher.ts';
import type { Ledger } from '../../dispatch/ledger.ts';
import { joinWithFaults } from '../../faults/join.ts';
import type { FaultBook } from '../../faults/route-faults.ts';
import type { Client } from './client.ts';
import { Connection } from './connection.ts';
import type { Descriptors } from './descriptors.ts';
import { Dialing } from './dialing.ts';
import type { Failures } from './failures.ts';
import { isGone } from './gone.ts';
import { Join } from './join.ts';
import { reset } from './reset.ts';
import { Rounds } from './rounds.ts';
import { StreamJoin } from './stream-join.ts';
import { Wire } from './wire.ts';

/** What a carrier works with. */
export interface CarrierOptions {
  readonly ledger: Ledger;
  readonly log: Log;
  readonly failures: Failures;
  readonly descriptors: Descriptors;
  /** Where there may be faults, every connection goes through those of its route. */
  readonly faults: FaultBook | undefined;
  /** There is no descriptor for a backend. */
  readonly starved: () => void;
  /** The last client is gone. */
  readonly emptied: () => void;
}

/** How often connections are looked at, in milliseconds, where no route has a shorter limit. */
const lookEvery = 1000;
/** The least pause between two looks, in milliseconds. */
const lookPause = 25;

/** Carries clients: dials their backends, joins them, ends what has to end. */
export class Carrier implements Dialer<Client> {
  readonly #ledger: Ledger;
  readonly #log: Log;
  readonly #failures: Failures;
  readonly #descriptors: Descriptors;
  readonly #faults: FaultBook | undefined;
  readonly #starved: () => void;
  readonly #emptied: () => void;
  /** Clients without a connection. */
  readonly #coming = new Set<Client>();
  readonly #connections = new Set<Connection>();
  #dialing = 0;
  readonly #looks = new Rounds(lookEvery, () => this.#look());

  constructor({ ledger, log, failures, descriptors, faults, starved, emptied }: CarrierOptions) {
    this.#ledger = ledger;
    this.#log = log;
    this.#failures = failures;
    this.#descriptors = descriptors;
    this.#faults = faults;
    this.#starved = starved;
    this.#emptied = emptied;
  }

  /** How many clients there are. */
  get clients(): number {
    return this.#coming.size + this.#connections.size;
  }

  /** Descriptors of clients and backends. */
  get descriptors(): number {
    return this.#coming.size + this.#dialing + 2 * this.#connections.size;
  }

  /** Takes a client that may be carried on. @param source a hash of its address. */
  begin(client: Client, source: number): void {
    const { socket, dispatcher } = client;
    this.#coming.add(client);
    // a wire that is not read says nothing
    if (!(socket instanceof Wire)) socket.on('error', () => {}).once('close', () => this.#leave(client));
    const attempt = dispatcher.begin(client, source);
    if (this.#coming.has(client)) client.attempt = attempt;
    this.#looks.begin();
  }

  /** Other limits of time from now on: connections are looked at four times within the shortest one, in milliseconds. */
  pace(shortest: number): void {
    this.#looks.every = Math.max(lookPause, Math.min(lookEvery, shortest / 4));
  }

  /** Ends everything with a reset. */
  end(): void {
    for (const client of this.#coming) this.#leave(client);
    for (const connection of this.#connections) connection.reset('closed');
    this.#looks.stop();
  }

  dial(attempt: Attempt<Client>, { endpoint }: Backend): void {
    const { client } = attempt;
    const { options, tls, ends, socket, dispatcher } = client;
    if (!this.#descriptors.forBackend(this.descriptors)) {
      this.#starve(attempt);
      return;
    }
    this.#dialing += 1;
    client.dialing = new Dialing(
      { endpoint, options, tls, ends, wired: socket instanceof Wire },
      {
        connected: (backend) => {
          this.#dialed(client);
          this.#failures.worked(dispatcher.route.name, endpoint);
          this.#join(attempt, backend);
        },
        failed: (reason, message) => {
          this.#dialed(client);
          if (reason === 'tlsFailed') this.#failures.explain(dispatcher.route.name, endpoint, message);
          if (reason === 'starved') this.#starve(attempt);
          else dispatcher.failed(attempt, reason);
        },
      },
    );
  }

  abandon({ client }: Attempt<Client>): void {
    client.dialing?.abandon();
    this.#dialed(client);
  }

  refuse(client: Client, reason: Refusal): void {
    this.#log.debug({ route: client.dispatcher.route.name, reason }, 'client refused');
    this.#coming.delete(client);
    reset(client.socket);
    this.#check();
  }

  #join(attempt: Attempt<Client>, backend: Socket): void {
    const { dispatcher, socket } = attempt.client;
    const connection = new Connection(dispatcher, dispatcher.connected(attempt), this.#ledger, this.#over);
    this.#connections.add(connection);
    this.#coming.delete(attempt.client);
    connection.carry((account) => {
      if (socket instanceof Wire) return new Join(socket, backend as Wire, account);
      const faults = this.#faults?.of(dispatcher.route.name);
      return faults === undefined ? new StreamJoin(socket, backend, account) : joinWithFaults(socket, backend, faults, account);
    });
  }

  readonly #over = (connection: Connection): void => {
    this.#connections.delete(connection);
    this.#check();
  };

  #starve(attempt: Attempt<Client>): void {
    this.#starved();
    attempt.client.dispatcher.starved(attempt);
  }

  #dialed(client: Client): void {
    if (client.dialing === undefined) return;
    client.dialing = undefined;
    this.#dialing -= 1;
  }

  /** A client is gone, or has to go, before it had a connection. */
  #leave(client: Client): void {
    if (!this.#coming.delete(client)) return;
    if (client.attempt !== undefined) client.dispatcher.left(client.attempt);
    reset(client.socket);
    this.#check();
  }

  #check(): void {
    if (this.clients === 0) this.#emptied();
  }

  #look(): boolean {
    const now = performance.now();
    for (const connection of this.#connections) connection.look(now);
    for (const client of this.#coming)
      if (client.attempt !== undefined && now - client.attempt.since >= lookEvery && isGone(client.socket)) this.#leave(client);
    return this.clients > 0;
  }
}
