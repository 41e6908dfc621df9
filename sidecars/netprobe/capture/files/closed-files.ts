import { lstatSync, readdirSync, rmSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { codeOf, messageOf } from '#shared/exit.ts';
import type { FileNames } from './file-names.ts';
import type { FilesPlan } from './plan.ts';

/** A file of a capture as it is found in its folder. */
export interface FoundFile {
  readonly path: string;
  readonly number: number;
  /** Its size, in bytes. */
  readonly bytes: number;
}

/** The files that are there by the names of a capture, the oldest first. @throws the system's error where the folder cannot be read. */
export function findCaptureFiles(names: FileNames): FoundFile[] {
  const found: FoundFile[] = [];
  for (const name of readdirSync(names.folder)) {
    const number = names.number(name);
    if (number === undefined) continue;
    const path = join(names.folder, name);
    const stats = statsOf(path);
    if (stats?.isFile()) found.push({ path, number, bytes: stats.size });
  }
  return found.sort((a, b) => a.number - b.number);
}

/** The files of a capture that nothing is written to any more, those of earlier runs too. It removes the oldest where there are more than may be. */
export class ClosedFiles {
  readonly #names: FileNames;
  readonly #plan: FilesPlan;
  readonly #warn: (message: string) => void;
  #files: FoundFile[] = [];
  #bytes = 0;
  #number = 0;
  /** Whether the one of that number is being written. */
  #isOpen = false;
  #hasWarned = false;

  /** @param warn hears of what cannot be removed. @throws the system's error where the folder cannot be read. */
  constructor(names: FileNames, plan: FilesPlan, warn: (message: string) => void) {
    this.#names = names;
    this.#plan = plan;
    this.#warn = warn;
    if (!plan.numbered) return;
    this.#take(findCaptureFiles(names));
    this.#number = this.#files.at(-1)?.number ?? 0;
  }

  /** Whether the oldest ones may go. */
  get areCapped(): boolean {
    return this.#plan.count !== undefined || this.#plan.disk !== undefined;
  }

  /** The number of the file that is written, or was last. */
  get number(): number {
    return this.#number;
  }

  /** Counts on, for another file. */
  next(): void {
    this.#number += 1;
    this.#isOpen = true;
  }

  /** The file that was written is whole. */
  add(path: string, bytes: number): void {
    this.#isOpen = false;
    this.#files.push({ path, number: this.#number, bytes });
    this.#bytes += bytes;
  }

  /** Removes the oldest until there may be another one of so many bytes. @returns whether there may. */
  makeRoom(bytes: number): boolean {
    const { count = Infinity, disk = Infinity } = this.#plan;
    const isRoom = () => this.#files.length < count && this.#bytes + bytes <= disk;
    if (isRoom()) return true;
    // some of them are uploaded and gone meanwhile
    this.#take(findCaptureFiles(this.#names).filter(({ number }) => number < this.#number || !this.#isOpen));
    while (!isRoom()) if (!this.removeOldest()) break;
    return this.#bytes + bytes <= disk;
  }

  /** @returns whether there was one, and it could be removed. */
  removeOldest(): boolean {
    for (let oldest = this.#files.shift(); oldest !== undefined; oldest = this.#files.shift()) {
      this.#bytes -= oldest.bytes;
      try {
        rmSync(oldest.path);
        return true;
      } catch (error) {
        if (codeOf(error) === 'ENOENT') continue;
        if (!this.#hasWarned)
          this.#warn(`${oldest.path} cannot be removed: ${messageOf(error)}; there are more files than were asked for`);
        this.#hasWarned = true;
      }
    }
    return false;
  }

  #take(files: FoundFile[]): void {
    this.#files = files;
    this.#bytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}

function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    // somebody else removed it
    return undefined;
  }
}
