import type { Health } from '#shared/health.ts';
import { openFilesLimit } from '#shared/open-files.ts';

/** How long no engine may have told of a shortage before it counts as over, in milliseconds: they do so every ten seconds at least. */
const longEnough = 15_000;

/** Tells that there are not descriptors enough, which no client can see: a part of the health as long as that is so, and with it the log. */
export class Shortage {
  readonly #health: Health;
  readonly #calm: number;
  /** Known beforehand, as finding out takes a descriptor. */
  readonly #limit = openFilesLimit();
  #timer: NodeJS.Timeout | undefined;

  /** @param calm milliseconds after which a shortage of which nobody told again is over. */
  constructor(health: Health, calm = longEnough) {
    this.#health = health;
    this.#calm = calm;
  }

  /** An engine was in want of one, as it is still or as it was a moment ago. */
  readonly note = (): void => {
    const part = this.#health.part('descriptors');
    part.degraded(
      `they ran out, of ${this.#limit} that are allowed: new clients wait, or are turned away; raise the limit by --ulimit nofile=NUMBER`,
    );
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => part.ok(), this.#calm).unref();
  };
}
