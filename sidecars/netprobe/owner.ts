import { Exit, exitCode } from '#shared/exit.ts';
import type { NetprobeLife } from './netprobe.ts';
import { type Ownership, ownership, unknownOwner } from './route/orphan.ts';

const words =
  'its owner is gone: nothing but lo is left of it, and nobody will come back to it; start this container anew, or let a container that does nothing own the namespace';

/**
 * Watches whether somebody still owns the namespace. Who restarts gets a new one, and the old one lives on with nothing but us in it. To end at once would
 * be of no use: Docker does not start again what joins a container that does not run.
 */
export class Owner {
  readonly #life: NetprobeLife;
  readonly #gone = Promise.withResolvers<never>();
  #orphaned = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(life: NetprobeLife) {
    this.#life = life;
    // nobody may wait for it
    this.#gone.promise.catch(() => {});
  }

  get orphaned(): boolean {
    return this.#orphaned;
  }

  /** Rejects with an Exit where it is to end, as its owner is gone for long. */
  get gone(): Promise<never> {
    return this.#gone.promise;
  }

  /** Takes note of how it is now. */
  look({ orphaned }: Ownership): void {
    const part = this.#life.health.part('namespace');
    if (orphaned === this.#orphaned) {
      if (!orphaned) part.ok();
      return;
    }
    this.#orphaned = orphaned;
    if (orphaned) {
      part.down(words);
      this.#life.health.fail(`the namespace is orphaned: ${words}`);
      const { exitOnOrphan } = this.#life.settings;
      if (exitOnOrphan !== undefined)
        this.#timer = setTimeout(() => this.#gone.reject(new Exit(exitCode.failed, `ended, as ${words}`)), exitOnOrphan);
    } else {
      clearTimeout(this.#timer);
      this.#life.health.recover();
      part.ok();
    }
  }

  /** It cannot be told any more. */
  lost(reason: string): void {
    this.#life.health.part('namespace').degraded(`changes are not heard of: ${reason}`);
  }
}

/** How often it is looked in /proc who owns the namespace, in milliseconds. */
const ownerPause = 1000;

/** Where nobody tells that links change, it is looked for them again and again, until `stopping` is aborted. @param links as they are now */
export function lookForOwner(
  links: () => Parameters<typeof ownership>[1],
  stopping: AbortSignal,
  tell: (now: Ownership) => void,
): void {
  let known = unknownOwner;
  const look = () => {
    known = ownership(known, links());
    tell(known);
  };
  look();
  const timer = setInterval(look, ownerPause);
  stopping.addEventListener('abort', () => clearInterval(timer), { once: true });
}
