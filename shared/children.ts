import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

/**
 * The programs that a sidecar runs. They hear of its signals and are reaped before it ends:
 * as PID 1 of a container it is the only one who can see to that.
 *
 * A child that itself starts programs is spawned `detached`: it then leads a process group, and signals go to all of the group.
 * A container whose children leave orphans behind needs an init (`docker run --init`): Node reaps its own children alone.
 */
export class Children {
  /** The living ones, and whether each leads a process group. */
  readonly #living = new Map<ChildProcess, boolean>();
  #ending = false;

  /**
   * Starts a program and remembers it until it exits. A program that cannot be started emits `error`, as from node:child_process.
   * @throws Error once {@link end} was called.
   */
  spawn(command: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
    if (this.#ending) throw new Error(`${command} is not started: the sidecar is stopping`);
    const child = spawn(command, args, options);
    if (child.pid === undefined) return child;
    this.#living.set(child, options.detached === true);
    child.once('exit', () => this.#living.delete(child));
    return child;
  }

  /** Sends a signal to all living ones. */
  signal(signal: NodeJS.Signals): void {
    for (const [child, leadsGroup] of this.#living) send(child, leadsGroup, signal);
  }

  /**
   * Sends SIGTERM to all, and SIGKILL to those that still live after so many ms. From now on nothing is started.
   * Resolves when all have exited and are reaped.
   */
  async end(graceMs: number): Promise<void> {
    this.#ending = true;
    this.signal('SIGTERM');
    const exits = [...this.#living.keys()].map((child) => new Promise((resolve) => child.once('exit', resolve)));
    const grace = setTimeout(() => this.signal('SIGKILL'), graceMs);
    await Promise.all(exits);
    clearTimeout(grace);
  }

  /** How many are living. */
  get size(): number {
    return this.#living.size;
  }
}

function send(child: ChildProcess, leadsGroup: boolean, signal: NodeJS.Signals): void {
  if (!leadsGroup || child.pid === undefined) {
    child.kill(signal);
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // It exited a moment ago, and its exit is not yet told.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
