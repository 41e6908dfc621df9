import { isAbsolute, relative } from 'node:path';
import type { Part } from '#shared/health.ts';
import { sleep } from '#shared/retry.ts';
import { compile, matchesAny, type Pattern } from './pattern.ts';
import { type Scan, scan } from './scan.ts';
import { type Hints, watchFolders } from './watch.ts';

/** What a discovery is told of the settings. */
export interface DiscoveryOptions {
  readonly paths: readonly string[];
  readonly exclude: readonly string[];
  /** Folders that are never looked into, such as the one that the sink writes. */
  readonly avoid: readonly string[];
  /** Milliseconds. */
  readonly rescan: number;
  readonly watch: boolean;
  /** Degraded where the kernel gives no hints. */
  readonly part: Part;
}

/** What a discovery tells. */
export interface DiscoveryEvents {
  /** A scan is complete. */
  readonly scanned: (scan: Scan) => void;
  /** The file at this path may have changed. */
  readonly touched: (path: string) => void;
}

/** How long hints about files are gathered, in milliseconds: an application that writes line by line gives thousands of them a second. */
const gathering = 25;
/** A scan may take a fifth of the time, however many hints come. */
const restFactor = 4;

/**
 * Finds the files: by looking through the folders every now and then, at once where the kernel hints that a name appeared or
 * went away, and on a timer of its own that neither reading nor a slow sink holds up.
 */
export class Discovery {
  readonly #patterns: readonly Pattern[];
  readonly #excluded: (path: string) => boolean;
  readonly #options: DiscoveryOptions;
  readonly #events: DiscoveryEvents;
  #hinted = new AbortController();
  readonly #touched = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DiscoveryOptions, events: DiscoveryEvents) {
    this.#patterns = options.paths.map(compile);
    const matchesExclude = matchesAny(options.exclude);
    this.#excluded = (path) => matchesExclude(path) || options.avoid.some((folder) => isInside(path, folder));
    this.#options = options;
    this.#events = events;
  }

  /** Looks through all folders once. */
  async look(): Promise<void> {
    this.#events.scanned(await scan(this.#patterns, this.#excluded));
  }

  /** Goes on looking until the signal aborts. */
  async run(until: AbortSignal): Promise<void> {
    const hints = this.#options.watch ? this.#watch() : undefined;
    if (hints === undefined) this.#options.part.ok();
    until.addEventListener('abort', () => this.#hinted.abort());
    while (!until.aborted) {
      await sleep(this.#options.rescan, this.#hinted.signal);
      if (until.aborted) break;
      this.#hinted = new AbortController();
      const began = performance.now();
      await this.look();
      await sleep(restFactor * (performance.now() - began), until);
    }
    await hints?.close();
    clearTimeout(this.#timer);
  }

  #touch(path: string): void {
    this.#touched.add(path);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (const touched of this.#touched) this.#events.touched(touched);
      this.#touched.clear();
    }, gathering);
  }

  #watch(): Hints {
    const { part } = this.#options;
    part.ok();
    return watchFolders(this.#patterns, {
      changed: (path) => this.#touch(path),
      moved: () => this.#hinted.abort(),
      failed: (message) => part.degraded(message),
    });
  }
}

function isInside(path: string, folder: string): boolean {
  const below = relative(folder, path);
  return !below.startsWith('..') && !isAbsolute(below);
}
