/** How a sidecar is doing, as it is seen from outside. */
export interface Attached {
  /** Where its admin server is; empty where the sidecar is not attached. */
  readonly admin: string;
  readonly answers: boolean;
  /** How often it was away after it had answered: killed, stopped or restarted. */
  readonly absences: number;
}

/** Asks a sidecar again and again how it is. */
export class Watched {
  readonly #admin: string;
  readonly #take: (status: unknown, now: number) => void;
  readonly #patience: number;
  #answers = false;
  #absences = 0;
  /** When it may be asked again, by the clock of `performance`. */
  #next = 0;

  /**
   * @param admin address of its admin server, as in `http://127.0.0.1:9803`; empty where it is not attached.
   * @param take is given each `/status`.
   * @param patience how long an answer may take, in milliseconds.
   */
  constructor(admin: string, take: (status: unknown, now: number) => void = () => {}, patience = 2000) {
    this.#admin = admin;
    this.#take = take;
    this.#patience = patience;
  }

  get attached(): Attached {
    return { admin: this.#admin, answers: this.#answers, absences: this.#absences };
  }

  /** Asks once. One that does not answer is away; what it told before stays. */
  async look(): Promise<void> {
    const begun = performance.now();
    if (this.#admin === '' || begun < this.#next) return;
    const status = await this.#status();
    if (status === undefined && this.#answers) this.#absences += 1;
    this.#answers = status !== undefined;
    // a name that is looked up in vain holds a thread for longer than we wait
    const ended = performance.now();
    if (status === undefined && ended - begun >= this.#patience) this.#next = ended + 2 * this.#patience;
    if (status !== undefined) this.#take(status, Date.now());
  }

  async #status(): Promise<unknown> {
    try {
      const answer = await fetch(`${this.#admin}/status`, { signal: AbortSignal.timeout(this.#patience) });
      return answer.ok ? await answer.json() : undefined;
    } catch {
      return undefined;
    }
  }
}
