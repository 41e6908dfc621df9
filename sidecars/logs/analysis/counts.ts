import type { Access } from './access.ts';
import { Busiest } from './busiest.ts';
import { Tally } from './tally.ts';

/** All that is counted of the requests of some stretch of time, in memory that does not grow beyond some 150 KiB with 256 keys. */
export class Counts {
  readonly tally = new Tally();
  readonly paths: Busiest;
  readonly clients: Busiest;
  readonly agents: Busiest;

  /** @param keys how many paths, clients and agents are told apart, see {@link Busiest}. */
  constructor(keys: number) {
    this.paths = new Busiest(keys);
    this.clients = new Busiest(keys);
    this.agents = new Busiest(keys);
  }

  add(access: Access): void {
    const { status, size, seconds, path, client, agent } = access;
    const failed = status >= 500;
    this.tally.add(access);
    if (path.length > 0) this.paths.add(path, size, failed, seconds);
    if (client.length > 0) this.clients.add(client, size, failed, seconds);
    if (agent.length > 0) this.agents.add(agent, size, failed, seconds);
  }

  merge(other: Counts): void {
    this.tally.merge(other.tally);
    if (other.tally.requests === 0) return;
    this.paths.merge(other.paths);
    this.clients.merge(other.clients);
    this.agents.merge(other.agents);
  }

  clear(): void {
    this.tally.clear();
    this.paths.clear();
    this.clients.clear();
    this.agents.clear();
  }
}
