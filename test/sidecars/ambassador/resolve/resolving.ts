import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { DnsNamespace } from '#harness/dns.ts';
import { until } from '#harness/until.ts';
import type { ObservedName } from '../../../../sidecars/ambassador/observe.ts';
import type { Family } from '../../../../sidecars/ambassador/resolve/lookup.ts';
import type { Target } from '../../../../sidecars/ambassador/routes/route.ts';

/** What the program is asked to follow. */
export interface Ask {
  readonly interval: number;
  readonly family: Family;
  readonly targets: readonly Target[];
}

/** What it says of a target. */
export interface Said {
  readonly index: number;
  readonly endpoints: readonly string[];
  readonly hosts: readonly string[];
  readonly problem: string;
  readonly isSettled: boolean;
  /** Every name that is looked up. */
  readonly names: readonly ObservedName[];
}

/** A resolver in a process of its own, in a network where the name server is the test's. */
export class Resolving {
  readonly child: ChildProcess;
  /** All that was said, in order. */
  readonly said: Said[] = [];
  #log = '';

  constructor(namespace: DnsNamespace, targets: readonly Target[], options: Partial<Omit<Ask, 'targets'>> = {}) {
    const program = fileURLToPath(new URL('./programs/resolving.ts', import.meta.url));
    const ask: Ask = { interval: 50, family: 'any', ...options, targets };
    this.child = namespace.spawn(process.execPath, [program, JSON.stringify(ask)], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    this.child.on('message', (said: Said) => void this.said.push(said));
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#log += text;
    });
  }

  /** The messages of its log. */
  get log(): string[] {
    const lines = this.#log.split('\n').filter((line) => line.startsWith('{'));
    return lines.map((line) => JSON.parse(line).msg);
  }

  /** What a target was last said to be. */
  last(index = 0): Said | undefined {
    return this.said.findLast((said) => said.index === index);
  }

  /** Waits until a target is these endpoints. */
  async becomes(endpoints: readonly string[], index = 0): Promise<Said> {
    const wanted = JSON.stringify(endpoints);
    await until(`target ${index} is ${wanted}`, () => JSON.stringify(this.last(index)?.endpoints) === wanted);
    return this.last(index) as Said;
  }

  /** Waits until the problem of a target holds this text. */
  async complains(text: string, index = 0): Promise<Said> {
    await until(`the problem of target ${index} is ${text}`, () => this.last(index)?.problem.includes(text) ?? false);
    return this.last(index) as Said;
  }
}

/** The targets of `host:port`. */
export function hosts(...addresses: string[]): Target[] {
  return addresses.map((address) => {
    const [host = '', port] = address.split(':');
    return { type: 'host', host, port: Number(port) };
  });
}

/** Waits until the server was asked so many times more for a name. */
export async function asked(namespace: DnsNamespace, query: string, times: number): Promise<void> {
  const before = (await namespace.queries())[query] ?? 0;
  await until(`${query} was asked ${times} times more`, async () => ((await namespace.queries())[query] ?? 0) >= before + times);
}
