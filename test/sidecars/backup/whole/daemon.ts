import { readdirSync, readFileSync } from 'node:fs';
import { Exposition } from '#harness/exposition.ts';
import type { SidecarProcess } from '#harness/process.ts';
import { until } from '#harness/until.ts';
import type { Manifest } from '../../../../sidecars/backup/catalog/manifest.ts';
import type { Outcome, Progress, RunResult } from '../../../../sidecars/backup/run/events.ts';
import type { Scene } from './scene.ts';

/** What `/status` tells. */
export interface Status {
  readonly next: string | null;
  readonly overdue: boolean;
  readonly running: Progress | null;
  readonly lastRun: RunResult | null;
  readonly lastGood: Manifest | null;
  readonly runs: Readonly<Record<Outcome, number>>;
}

/** A sidecar that keeps its schedule. */
export class Daemon {
  readonly sidecar: SidecarProcess;
  readonly #admin: string;

  private constructor(sidecar: SidecarProcess, admin: string) {
    this.sidecar = sidecar;
    this.#admin = admin;
  }

  /** Starts one, and waits until its admin server answers. It is killed when the test ends. */
  static async start(scene: Scene, more: Readonly<Record<string, string>> = {}, words: readonly string[] = []): Promise<Daemon> {
    const sidecar = scene.start(words, { BACKUP_ADMIN: '127.0.0.1:0', ...more });
    return new Daemon(sidecar, await sidecar.admin());
  }

  get pid(): number {
    return this.sidecar.child.pid ?? 0;
  }

  /** The body of a page. */
  async ask(path: string): Promise<string> {
    return (await fetch(this.#admin + path)).text();
  }

  /** The status code of a page. */
  async code(path: string): Promise<number> {
    const answer = await fetch(this.#admin + path);
    await answer.body?.cancel();
    return answer.status;
  }

  async status(): Promise<Status> {
    return JSON.parse(await this.ask('/status'));
  }

  async metrics(): Promise<Exposition> {
    return new Exposition(await this.ask('/metrics'));
  }

  /** Waits until `/status` is so. @throws Error with what it was last, where it never is. */
  async becomes(what: string, holds: (status: Status) => boolean): Promise<Status> {
    let last: Status | undefined;
    const look = async () => {
      last = await this.status();
      return holds(last);
    };
    await until(what, look).catch((cause) => {
      throw new Error(`${cause.message}: ${JSON.stringify(last)}\n${this.sidecar.stdout}${this.sidecar.stderr}`, { cause });
    });
    return last as Status;
  }

  /** Waits until `/readyz` says this. */
  async says(words: RegExp): Promise<void> {
    let last = '';
    const look = async () => {
      last = await this.ask('/readyz');
      return words.test(last);
    };
    await until(`/readyz says ${words}`, look).catch((cause) => {
      throw new Error(`${cause.message}: ${last}`, { cause });
    });
  }

  /** The processes that it has started and that live. */
  get children(): { readonly pid: number; readonly words: readonly string[] }[] {
    return readdirSync('/proc').flatMap((name) => {
      if (!/^\d+$/.test(name)) return [];
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        if (parent !== this.pid) return [];
        return [{ pid: Number(name), words: readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0') }];
      } catch {
        // it ended since it was seen
        return [];
      }
    });
  }
}
