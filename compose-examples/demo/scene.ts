import { Arrivals, type ServerStatus, type Snapshot } from './arrivals.ts';
import { type AmbassadorStatus, Backends, type Carried } from './backends.ts';
import { type NetprobeStatus, type Probed, probed } from './probed.ts';
import { type BackupStatus, type Saved, Saves } from './saves.ts';
import { type Attached, Watched } from './watched.ts';

/** The sidecars of the demo. */
export const sidecarNames = ['logs', 'ambassador', 'backup', 'netprobe'] as const;

export type SidecarName = (typeof sidecarNames)[number];

/** Everything that the page and the terminal show. */
export interface Scene {
  /** What the shop says of itself; undefined before it answered. */
  readonly shop: ServerStatus | undefined;
  readonly attached: Readonly<Record<SidecarName, Attached>>;
  /** What each sidecar did; undefined where it has told nothing yet. */
  readonly logs: Snapshot;
  readonly ambassador: Carried | undefined;
  readonly backup: Saved | undefined;
  readonly netprobe: Probed | undefined;
}

/** The shop and its sidecars, looked at again and again. */
export class Scenery {
  readonly arrivals = new Arrivals();
  readonly #shop: string;
  readonly #watched: Readonly<Record<SidecarName, Watched>>;
  readonly #backends = new Backends();
  readonly #saves = new Saves();
  #status: ServerStatus | undefined;
  #probed: Probed | undefined;

  /**
   * @param shop its address, as in `http://app:8080`.
   * @param admins the addresses of the admin servers; empty where a sidecar is not attached.
   */
  constructor(shop: string, admins: Readonly<Record<SidecarName, string>>) {
    this.#shop = shop;
    const port = Number(new URL(shop).port || 80);
    this.#watched = {
      logs: new Watched(admins.logs),
      ambassador: new Watched(admins.ambassador, (status, now) => this.#backends.take(status as AmbassadorStatus, now)),
      backup: new Watched(admins.backup, (status) => this.#saves.take(status as BackupStatus)),
      netprobe: new Watched(admins.netprobe, (status) => {
        this.#probed = probed(status as NetprobeStatus, port, this.#backends.names);
      }),
    };
  }

  /** Asks all of them once. Who does not answer did nothing more that is known: the last numbers stay. */
  async look(): Promise<void> {
    await Promise.all(Object.values(this.#watched).map((watched) => watched.look()));
    // the shop last: a line that arrives meanwhile would otherwise be one that nobody wrote
    await this.#askShop();
  }

  /** How things stood at the last look. */
  scene(now: number): Scene {
    const { logs, ambassador, backup, netprobe } = this.#watched;
    return {
      shop: this.#status,
      attached: {
        ...{ logs: logs.attached, ambassador: ambassador.attached },
        ...{ backup: backup.attached, netprobe: netprobe.attached },
      },
      logs: this.arrivals.snapshot(now),
      ambassador: this.#backends.carried(now),
      backup: this.#saves.saved,
      netprobe: this.#probed,
    };
  }

  async #askShop(): Promise<void> {
    try {
      const answer = await fetch(`${this.#shop}/server-status`, { signal: AbortSignal.timeout(2000) });
      if (!answer.ok) return;
      this.#status = (await answer.json()) as ServerStatus;
      this.arrivals.note(this.#status, Date.now());
    } catch {
      // it starts later than the viewer, and ends earlier
    }
  }
}
