import type { TestContext } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { until } from '#harness/until.ts';
import { createLog } from '#shared/log.ts';
import { backendCell, Ledger } from '../../../../sidecars/ambassador/dispatch/ledger.ts';
import type { EngineBackend } from '../../../../sidecars/ambassador/engines/engine.ts';
import type { Outlook } from '../../../../sidecars/ambassador/health/outlook.ts';
import { Upstream } from '../../../../sidecars/ambassador/health/upstream.ts';
import { Past } from '../../../../sidecars/ambassador/past.ts';
import { Resolver } from '../../../../sidecars/ambassador/resolve/resolver.ts';
import { route } from './probing.ts';

/** An upstream of one route, the clock that it goes by, and what it told. */
export class UpstreamScene {
  readonly ledger: Ledger;
  readonly past = new Past();
  readonly published: (readonly EngineBackend[])[] = [];
  readonly outlooks: Outlook[] = [];
  readonly upstream: Upstream;
  /** Milliseconds that are added to the clock. */
  ahead = 0;

  /** @param text the targets and options: `127.0.0.1:1?check=tcp`. */
  constructor(t: TestContext, text: string, ledger = new Ledger()) {
    this.ledger = ledger;
    const log = createLog({ name: 'test', level: 'silent', fd: 2 });
    const resolver = new Resolver({ interval: 5000, log });
    this.upstream = new Upstream(route(`6379=${text}`), {
      resolver,
      ledger,
      past: this.past,
      log,
      now: () => performance.now() + this.ahead,
      publish: (backends) => this.published.push(backends),
      onChange: (outlook) => this.outlooks.push(outlook),
    });
    atEnd(t, () => {
      void this.upstream.close();
      resolver.close();
    });
  }

  /** The backends that the engine was told of last, `key` by `key`, and `(key)` where it is not to be used. */
  get told(): string {
    const backends = this.published.at(-1) ?? [];
    return backends.map(({ endpoint, usable }) => (usable ? keyOf(endpoint) : `(${keyOf(endpoint)})`)).join(' ');
  }

  /** Waits until the engine was told this. */
  async tells(told: string): Promise<void> {
    await until(`the engine is told of ${told || 'none'}`, () => this.told === told);
  }

  /** Waits until the outlook is this, and returns its reason. */
  async becomes(state: Outlook['state']): Promise<string> {
    await until(`the route is ${state}`, () => this.upstream.outlook.state === state);
    return this.upstream.outlook.reason;
  }

  /** The slot of a backend that the engine was told of. */
  slot(index = 0): number {
    const slot = this.published.at(-1)?.[index]?.slot;
    if (slot === undefined) throw new Error(`the engine knows no backend ${index}`);
    return slot;
  }

  /** Counts as the engine does. */
  count(slot: number, cell: keyof typeof backendCell, amount: number): void {
    const at = this.ledger.at(slot) + backendCell[cell];
    this.ledger.cells[at] = (this.ledger.cells[at] ?? 0) + amount;
  }

  update(text: string): void {
    this.upstream.update(route(`6379=${text}`));
  }
}

function keyOf(endpoint: EngineBackend['endpoint']): string {
  return endpoint.type === 'unix' ? endpoint.path : `${endpoint.address}:${endpoint.port}`;
}

/** What is done at the end of this turn of the event loop was done. */
export const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));
