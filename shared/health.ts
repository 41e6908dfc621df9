/**
 * How one part of a sidecar is. `starting` and `down` make the sidecar not ready, `degraded` does not:
 * a sink that cannot be reached must not take the application's pod out of service.
 */
export type PartState = 'starting' | 'ok' | 'degraded' | 'down';

/** One part of a sidecar, such as its state folder or its sink. Whoever runs the part tells how it is. */
export interface Part {
  readonly name: string;
  readonly state: PartState;
  /** Why the part is starting still, degraded or down; empty where there is nothing to say. */
  readonly reason: string;
  /** When the part came into its state. */
  readonly since: Date;
  ok(): void;
  /** It does not do its work yet. */
  starting(reason: string): void;
  /** It does its work, but not as it should. */
  degraded(reason: string): void;
  /** It does not do its work. */
  down(reason: string): void;
}

/** The health of one sidecar: what `/livez`, `/readyz` and `/status` tell. */
export class Health {
  readonly #parts = new Map<string, Part>();
  readonly #listeners: ((part: Part) => void)[] = [];
  #stopping = false;
  #failure: string | undefined;

  /** The part of that name; one that was not known yet is added as `starting`. */
  part(name: string): Part {
    const known = this.#parts.get(name);
    if (known) return known;
    const part = new ObservedPart(name, (changed) => {
      for (const listener of this.#listeners) listener(changed);
    });
    this.#parts.set(name, part);
    return part;
  }

  /** Forgets a part that the sidecar has no more. */
  drop(name: string): void {
    this.#parts.delete(name);
  }

  /** Every part, in the order in which they were named. */
  get parts(): readonly Part[] {
    return [...this.#parts.values()];
  }

  /** From now on not ready: the sidecar takes nothing new and finishes what was begun. */
  stop(): void {
    this.#stopping = true;
  }

  /** From now on not live: the sidecar cannot recover, and its supervisor is to start it anew. The first reason stays. */
  fail(reason: string): void {
    this.#failure ??= reason;
  }

  /** Live again: what it could not recover from by itself has come back, as a network that is connected anew. */
  recover(): void {
    this.#failure = undefined;
  }

  /** False once the sidecar cannot recover by itself. */
  get live(): boolean {
    return this.#failure === undefined;
  }

  /** Whether the sidecar does its work: live, not stopping, and no part starting or down. */
  get ready(): boolean {
    return this.live && !this.#stopping && [...this.#parts.values()].every(({ state }) => state === 'ok' || state === 'degraded');
  }

  /** Calls `listener` whenever a part changes its state or, degraded or down, its reason. */
  onChange(listener: (part: Part) => void): void {
    this.#listeners.push(listener);
  }

  /**
   * One line for each part and one for the whole, ended by newlines, as the verbose checks of Kubernetes are:
   * `[+] files ok`, `[~] state degraded: …`, `[-] sink down: …`, `ready`.
   * @see https://kubernetes.io/docs/reference/using-api/health-checks/
   */
  report(): string {
    const lines = [...this.#parts.values()].map(({ name, state, reason }) => {
      const mark = { starting: '[-]', ok: '[+]', degraded: '[~]', down: '[-]' }[state];
      return `${mark} ${name} ${state}${reason && `: ${reason.replaceAll(/\s+/g, ' ')}`}`;
    });
    return `${[...lines, this.#summary()].join('\n')}\n`;
  }

  /** The same as values, for `/status`. */
  toJSON(): {
    live: boolean;
    ready: boolean;
    summary: string;
    parts: Record<string, { state: PartState; reason?: string; since: Date }>;
  } {
    const parts = [...this.#parts.values()].map(
      ({ name, state, reason, since }) => [name, reason ? { state, reason, since } : { state, since }] as const,
    );
    return { live: this.live, ready: this.ready, summary: this.#summary(), parts: Object.fromEntries(parts) };
  }

  #summary(): string {
    if (this.#failure !== undefined) return `not live: ${this.#failure.replaceAll(/\s+/g, ' ')}`;
    if (this.#stopping) return 'not ready: stopping';
    return this.ready ? 'ready' : 'not ready';
  }
}

class ObservedPart implements Part {
  readonly name: string;
  readonly #changed: (part: Part) => void;
  #state: PartState = 'starting';
  #reason = '';
  #since = new Date();

  constructor(name: string, changed: (part: Part) => void) {
    this.name = name;
    this.#changed = changed;
  }

  get state(): PartState {
    return this.#state;
  }

  get reason(): string {
    return this.#reason;
  }

  get since(): Date {
    return this.#since;
  }

  ok(): void {
    this.#become('ok', '');
  }

  starting(reason: string): void {
    this.#become('starting', reason);
  }

  degraded(reason: string): void {
    this.#become('degraded', reason);
  }

  down(reason: string): void {
    this.#become('down', reason);
  }

  #become(state: PartState, reason: string): void {
    if (state === this.#state && reason === this.#reason) return;
    if (state !== this.#state) this.#since = new Date();
    this.#state = state;
    this.#reason = reason;
    this.#changed(this);
  }
}
