import { readFile } from 'node:fs/promises';
import { reasonOf } from '#shared/config/files.ts';
import type { Part } from '#shared/health.ts';
import { delays } from '#shared/retry.ts';
import type { AmbassadorLife } from './ambassador.ts';
import { routesOf, routesOfText } from './config.ts';
import type { ObservedConfig } from './observe.ts';
import { watchFile } from './routes/file.ts';
import type { Route } from './routes/route.ts';
import { Disturbed } from './table/listen-error.ts';
import type { TlsContexts } from './tls/contexts.ts';

/** Waits between two tries of routes that are right and could not be served, in milliseconds. */
const patience = { base: 1000, cap: 5000 };

/**
 * Reads the routes again while the sidecar runs: when their file (`AMBASSADOR_ROUTES_FILE`) changes, and on SIGHUP, which also
 * reads the files of TLS again. Routes that are wrong, or cannot be served, change nothing and are told of. Those that are right are tried
 * again and again: what is in their way may go, and a file that is missing may come.
 */
export class Reloads {
  readonly #life: AmbassadorLife;
  readonly #tls: TlsContexts;
  readonly #apply: (routes: readonly Route[]) => Promise<void>;
  readonly #file: string | undefined;
  /** Not ready until every route is listened for; degraded where those that are written are not those that run. */
  readonly #part: Part;
  readonly #count = { ok: 0, failed: 0 };
  #problem: string | undefined;
  /** Whether the routes run that were written at the start, and whether a SIGHUP came before that. */
  #isWatching = false;
  #isAsked = false;
  /** Counts what was read, so that what came later goes before. */
  #turn = 0;
  #again: NodeJS.Timeout | undefined;

  constructor(life: AmbassadorLife, tls: TlsContexts, apply: (routes: readonly Route[]) => Promise<void>) {
    this.#life = life;
    this.#tls = tls;
    this.#apply = apply;
    this.#file = life.origins.routes?.file;
    this.#part = life.health.part('routes');
    // for as long as the process lives: without a handler the signal would end it, also while it starts and while streams finish
    process.on('SIGHUP', this.#hangUp);
  }

  /** How reloads went. */
  get observed(): ObservedConfig {
    return { reloads: { ...this.#count }, problem: this.#problem };
  }

  /** Watches until the sidecar stops; to be called once the routes run that were written at the start. */
  watch(): void {
    this.#part.ok();
    this.#isWatching = true;
    if (this.#isAsked) this.#hangUp();
    const { stopping } = this.#life;
    const file = this.#file;
    if (file === undefined) return;
    // what it holds at first was read for the start; it is read again where it has changed meanwhile, as that is told too
    let isFirst = true;
    const read = (text: string) => {
      const known = isFirst && this.#isAtStart(text);
      isFirst = false;
      if (!known) void this.#take(text);
    };
    void watchFile(file, { read, failed: (error) => this.#failed(error) }, stopping);
  }

  readonly #hangUp = (): void => {
    const { stopping, log } = this.#life;
    if (stopping.aborted) return;
    this.#isAsked = !this.#isWatching;
    if (this.#isAsked) return;
    log.info('SIGHUP: reading again');
    void Promise.all([this.#tls.reload(), this.#reload()]);
  };

  /** Reads the routes from where they come from. */
  async #reload(): Promise<void> {
    const { settings, env } = this.#life;
    try {
      if (this.#file !== undefined) await this.#take(await readFile(this.#file, 'utf8'));
      else await this.#become(routesOf(settings, env));
    } catch (error) {
      this.#failed(error);
    }
  }

  async #take(text: string): Promise<void> {
    const { settings, env } = this.#life;
    try {
      await this.#become(routesOfText(text, settings, env));
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Makes the routes that run those that are written, which may take several tries. */
  async #become(routes: readonly Route[], waits = delays(patience), isFirst = true): Promise<void> {
    const turn = this.#newest();
    const again = () => {
      if (!this.#life.stopping.aborted) void this.#become(routes, waits, false);
    };
    try {
      await this.#apply(routes);
    } catch (error) {
      // others were read meanwhile, and tell for themselves
      if (turn !== this.#turn) return;
      this.#fail(error, isFirst);
      if (!(error instanceof Disturbed)) this.#again = setTimeout(again, waits.next().value).unref();
      return;
    }
    this.#count.ok += 1;
    this.#life.log.info({ routes: routes.map(({ name }) => name) }, 'routes reloaded');
    if (turn !== this.#turn) return;
    this.#problem = undefined;
    this.#part.ok();
  }

  /** What is written now is wrong, or cannot be read. */
  #failed(error: unknown): void {
    this.#newest();
    this.#fail(error, true);
  }

  #fail(error: unknown, isCounted: boolean): void {
    if (isCounted) this.#count.failed += 1;
    const where = this.#file === undefined ? '' : `${this.#file}: `;
    this.#problem = where + reasonOf(error);
    this.#part.degraded(`the routes stay as they were: ${this.#problem}`);
  }

  /** Something else was read: what was before it is not tried again. */
  #newest(): number {
    clearTimeout(this.#again);
    this.#turn += 1;
    return this.#turn;
  }

  #isAtStart(text: string): boolean {
    const { settings, env } = this.#life;
    try {
      return JSON.stringify(routesOfText(text, settings, env)) === JSON.stringify(routesOf(settings, env));
    } catch {
      // it is wrong now, which is told when it is taken
      return false;
    }
  }
}
