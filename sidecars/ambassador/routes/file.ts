import type { BigIntStats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Hints } from './hints.ts';

/** The longest time between two looks at the file, in milliseconds. */
const longest = 1000;
/** How long a file has to be as it is before it is read, in milliseconds: a writer may be in the middle of it. */
const settling = 100;

/** What is told of a watched file. */
export interface FileEvents {
  /** What it holds: at first, after each change, and once it can be read again. */
  readonly read: (text: string) => void;
  /** It cannot be read; told once for each reason. What was read before still counts. */
  readonly failed: (error: Error) => void;
}

/**
 * Watches a file until the signal is aborted, however it is changed: written in place, replaced by a rename (editors), reached by
 * a symlink that is changed (`..data` of a Kubernetes ConfigMap), mounted by itself, gone and back again. What counts is what
 * the path leads to, and that is looked at every second; hints of the kernel only make it sooner, as there are none
 * of what happens behind a mount or in another folder.
 * Resolves when nothing more will be told.
 */
export async function watchFile(path: string, on: FileEvents, stopping: AbortSignal): Promise<void> {
  const hints = new Hints(dirname(path));
  const file = new WatchedFile(path, on);
  while (!stopping.aborted) {
    const { settled, there } = await file.look(stopping);
    if (!there) hints.close();
    await hints.wait(settling, settled ? longest : settling, stopping);
  }
  hints.close();
}

/** What a look at a file finds. */
export interface Look {
  /** Whether it is as it was at the look before, and told. */
  readonly settled: boolean;
  /** Whether the path leads to a file. */
  readonly there: boolean;
}

/** A file of which everything that is new is told once. It knows no time: somebody has to look. */
export class WatchedFile {
  readonly #path: string;
  readonly #on: FileEvents;
  /** What the last look found: an identity, or the words of an error. */
  #seen: string | undefined;
  /** What was last told. */
  #told: { readonly identity: string; readonly text: string } | { readonly failure: string } | undefined;

  constructor(path: string, on: FileEvents) {
    this.#path = path;
    this.#on = on;
  }

  /** Looks at the file, and tells what is new and was so at the look before. */
  async look(stopping: AbortSignal): Promise<Look> {
    const identity = await identityOf(this.#path).catch(errorOf);
    const there = typeof identity === 'string';
    const found = there ? identity : identity.message;
    const again = found === this.#seen;
    this.#seen = found;
    if (this.#told !== undefined && 'text' in this.#told && this.#told.identity === found) return { settled: true, there };
    if (!again) return { settled: false, there };
    const content = there ? await read(this.#path, identity).catch(errorOf) : identity;
    if (content === undefined) return { settled: false, there };
    if (!stopping.aborted) this.#tell(content, found);
    return { settled: true, there };
  }

  #tell(content: string | Error, identity: string): void {
    const former = this.#told;
    if (typeof content === 'string') {
      this.#told = { identity, text: content };
      if (former === undefined || !('text' in former) || former.text !== content) this.#on.read(content);
    } else {
      this.#told = { failure: content.message };
      if (former === undefined || !('failure' in former) || former.failure !== content.message) this.#on.failed(content);
    }
  }
}

/** Which file the path leads to, and in which state: a change of its content changes it. @throws the system's error */
async function identityOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true });
  // a FIFO or a device would keep a reader waiting for ever
  if (!found.isFile()) throw new Error('it is not a file');
  return identified(found);
}

/** The text of a file; undefined where it is not the one of that identity, or changed meanwhile. @throws the system's error */
async function read(path: string, identity: string): Promise<string | undefined> {
  const file = await open(path);
  try {
    const text = await file.readFile('utf8');
    return identified(await file.stat({ bigint: true })) === identity ? text : undefined;
  } finally {
    await file.close();
  }
}

function identified({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

function errorOf(error: unknown): Error {
  if (error instanceof Error) return error;
  throw error;
}
