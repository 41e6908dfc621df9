import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  truncateSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { SidecarProcess } from '#harness/process.ts';
import type { Random } from '#harness/random.ts';
import { until } from '#harness/until.ts';
import type { Scene } from '../sidecars/logs/scene.ts';

/** What can happen in the world, and how often. */
export type Weights = Readonly<Record<Action, number>>;
type Action =
  | 'write'
  | 'half'
  | 'late'
  | 'rename'
  | 'copytruncate'
  | 'delete'
  | 'pause'
  | 'sinkRefuses'
  | 'sinkGoes'
  | 'sinkUp'
  | 'kill'
  | 'stop';

const names = ['app.log', 'web.log', 'db.log'];
/** More generations than a run makes, so that no rotation deletes. */
const generations = 400;

/**
 * The interpreter of the model test: does to real files what applications and rotations do, with a real sidecar and a real sink,
 * and remembers every line that was written whole.
 */
export class World {
  readonly written: string[] = [];
  readonly #scene: Scene;
  readonly #random: Random;
  #sidecar: SidecarProcess;
  #sinkIsUp = true;
  /** The open descriptor of each application's log file, */
  readonly #open = new Map<string, number>();
  /** those of files that were rotated, which late lines may still go to, */
  #old: number[] = [];
  /** the first halves of lines, by descriptor, */
  readonly #halves = new Map<number, string>();
  /** and what is nowhere but in the sidecar's hands, because its file was deleted. */
  #fragile: string[] = [];
  readonly #inFile = new Map<number, string[]>();

  constructor(scene: Scene, random: Random) {
    this.#scene = scene;
    this.#random = random;
    this.#sidecar = scene.start();
  }

  /** Waits until the sidecar has seen each name once: of what was rotated before, nobody could know that it is to be shipped. */
  async begin(): Promise<void> {
    for (const name of names) await this.write(this.#scene.path(name));
    await this.#allOpen();
  }

  /** Does one thing, chosen by chance. @returns what it was. */
  async step(weights: Weights): Promise<string> {
    const action = this.#random.weighted(weights);
    const name = this.#scene.path(this.#random.pick(names));
    await this[action](name);
    return `${action} ${name}`;
  }

  /** Ends all that was begun, and waits until every line arrived. */
  async settle(): Promise<void> {
    for (const fd of this.#halves.keys()) this.#finish(fd);
    await this.sinkUp();
    await this.#arrived(this.written);
    await pause(700);
    const { code } = await this.#sidecar.stop();
    if (code !== 0) throw new Error(`the sidecar ended with ${code}: ${JSON.stringify(this.#sidecar.log.at(-1))}`);
  }

  async write(name: string): Promise<void> {
    const fd = this.#fd(name);
    this.#finish(fd);
    this.#lines(fd, 1 + this.#random.below(40), name);
  }

  async half(name: string): Promise<void> {
    const fd = this.#fd(name);
    if (this.#halves.has(fd)) return;
    const half = `half ${this.written.length} ${this.#random.next()} of ${name} `;
    writeSync(fd, half);
    this.#halves.set(fd, half);
  }

  async late(): Promise<void> {
    if (this.#old.length > 0) this.#lines(this.#random.pick(this.#old), 1 + this.#random.below(5), 'late');
  }

  async rename(name: string): Promise<void> {
    const fd = this.#open.get(name);
    if (fd === undefined) return;
    // half a line in a file that nobody will touch again would be shipped by itself after a while
    this.#finish(fd);
    this.#shift(name);
    renameSync(name, `${name}.1`);
    this.#open.delete(name);
    this.#old.push(fd);
    if (this.#random.next() < 0.7) await this.write(name);
  }

  async copytruncate(name: string): Promise<void> {
    const fd = this.#open.get(name);
    if (fd === undefined) return;
    this.#finish(fd);
    this.#shift(name);
    copyFileSync(name, `${name}.1`);
    truncateSync(name);
    this.#inFile.set(fd, []);
  }

  /** Deletes a file that the sidecar has open: of one that it never saw nobody could ship a line. */
  async delete(name: string): Promise<void> {
    const fd = this.#open.get(name);
    if (fd === undefined) return;
    this.#finish(fd);
    await until(`${name} is open`, () => this.#isOpen(name));
    unlinkSync(name);
    this.#fragile.push(...(this.#inFile.get(fd) ?? []));
    closeSync(fd);
    this.#open.delete(name);
    this.#inFile.delete(fd);
  }

  async pause(): Promise<void> {
    await pause(this.#random.below(40));
  }

  /** The sink answers 503: it is certain that it took nothing. */
  async sinkRefuses(): Promise<void> {
    this.#scene.receiver.behave = () => 503;
  }

  /** The sink goes away in the middle of whatever it is doing: what it took and did not answer will come again. */
  async sinkGoes(): Promise<void> {
    if (this.#sinkIsUp) await this.#scene.receiver.close();
    this.#sinkIsUp = false;
  }

  async sinkUp(): Promise<void> {
    this.#scene.receiver.behave = () => 200;
    if (!this.#sinkIsUp) await this.#scene.receiver.open();
    this.#sinkIsUp = true;
  }

  async kill(): Promise<void> {
    await this.#restart('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#restart('SIGTERM');
  }

  async #restart(signal: NodeJS.Signals): Promise<void> {
    if (this.#fragile.length > 0) {
      await this.sinkUp();
      await until('the lines of deleted files arrived', () =>
        new Set(this.#scene.receiver.messages).isSupersetOf(new Set(this.#fragile)),
      );
      this.#fragile = [];
    }
    await this.#allOpen();
    await this.#sidecar.stop(signal);
    const rotated = [...this.#open.keys()].filter(() => this.#random.next() < 0.25);
    for (const name of rotated) await this.rename(name);
    this.#sidecar = this.#scene.start();
  }

  async #allOpen(): Promise<void> {
    await until('all files are open', () => [...this.#open.keys()].every((name) => this.#isOpen(name)));
  }

  /** Waits until the lines arrived. @throws Error with those that did not. */
  async #arrived(lines: readonly string[]): Promise<void> {
    const missing = () => new Set(lines).difference(new Set(this.#scene.receiver.messages));
    try {
      await until('every line arrived', () => missing().size === 0, 30_000);
    } catch (cause) {
      const lost = [...missing()];
      throw new Error(`${lost.length} lines did not arrive: ${lost.slice(0, 5).join('; ')}`, { cause });
    }
  }

  #isOpen(name: string): boolean {
    const folder = `/proc/${this.#sidecar.child.pid}/fd`;
    return readdirSync(folder).some((fd) => {
      try {
        return readlinkSync(`${folder}/${fd}`) === name;
      } catch {
        return false;
      }
    });
  }

  #fd(name: string): number {
    return this.#open.getOrInsertComputed(name, () => {
      const fd = openSync(name, 'a');
      this.#inFile.set(fd, []);
      return fd;
    });
  }

  #lines(fd: number, count: number, name: string): void {
    const lines = Array.from({ length: count }, (_, index) => `${this.written.length + index} ${this.#random.next()} of ${name}`);
    writeSync(fd, `${lines.join('\n')}\n`);
    this.written.push(...lines);
    this.#inFile.get(fd)?.push(...lines);
  }

  #finish(fd: number): void {
    const half = this.#halves.get(fd);
    if (half === undefined) return;
    writeSync(fd, 'and the other half\n');
    this.#halves.delete(fd);
    this.written.push(`${half}and the other half`);
    this.#inFile.get(fd)?.push(`${half}and the other half`);
  }

  #shift(name: string): void {
    for (let number = generations; number >= 1; number -= 1) {
      if (existsSync(`${name}.${number}`)) renameSync(`${name}.${number}`, `${name}.${number + 1}`);
    }
    // an application keeps a rotated file open for a while, not for ever
    while (this.#old.length > 3) closeSync(this.#old.shift() ?? -1);
  }
}
