import { join, resolve } from 'node:path';
import type { Part } from '#shared/health.ts';
import { sleep } from '#shared/retry.ts';
import { compile, matchesAny } from './pattern.ts';
import { type Scan, Scanner } from './scan.ts';
import { FolderWatch } from './watch.ts';

/** What a discovery is told of the settings. */
export interface DiscoveryOptions {
  readonly paths: readonly string[];
  readonly exclude: readonly string[];
  /** Folders that are never looked into and files that are never followed, such as those that the sink writes. */
  readonly avoid: readonly string[];
  /** Milliseconds. */
  readonly rescan: number;
  readonly watch: boolean;
  /** Whether files that were compressed with gzip are found. */
  readonly readGzip: boolean;
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

/** A scan may take a fifth of the time, however many hints come. */
const restFactor = 4;

/**
 * Finds the files: by looking through the folders every now and then, at once where the kernel hints that a name appeared or
 * went away, and on a timer of its own that neither reading nor a slow sink holds up.
 */
export class Discovery {
  readonly #scanner: Scanner;
  readonly #options: DiscoveryOptions;
  readonly #events: DiscoveryEvents;
  /** The folders of the last scan. */
  #folders: ReadonlySet<string> = new Set();
  /** Milliseconds that it took of the event loop. */
  #busy = 0;
  #hinted = new AbortController();

  constructor(options: DiscoveryOptions, events: DiscoveryEvents) {
    const matchesExclude = matchesAny(options.exclude);
    const avoided = options.avoid.map((folder) => join(resolve(folder), '/'));
    const excluded = (path: string) => matchesExclude(path) || avoided.some((place) => `${path}/`.startsWith(place));
    this.#scanner = new Scanner(options.paths.map(compile), excluded, options.readGzip);
    this.#options = options;
    this.#events = events;
  }

  /** Looks through all folders once. */
  async look(): Promise<void> {
    const scan = await this.#scanner.scan();
    const began = performance.now();
    this.#folders = scan.folders;
    this.#events.scanned(scan);
    this.#busy = scan.busy + performance.now() - began;
  }

  /** Goes on looking until the signal aborts. */
  async run(until: AbortSignal): Promise<void> {
    const hints = this.#options.watch
      ? new FolderWatch({
          changed: (paths) => {
            for (const path of paths) this.#events.touched(path);
          },
          moved: () => this.#hinted.abort(),
        })
      : undefined;
    const stop = () => this.#hinted.abort();
    until.addEventListener('abort', stop);
    while (!until.aborted) {
      this.#follow(hints);
      await sleep(this.#options.rescan, this.#hinted.signal);
      if (until.aborted) break;
      this.#hinted = new AbortController();
      await this.look();
      await sleep(restFactor * this.#busy, until);
    }
    until.removeEventListener('abort', stop);
    hints?.close();
  }

  /** Has the kernel watch what the last scan walked; where that is new, it is looked through once more. */
  #follow(hints: FolderWatch | undefined): void {
    if (hints?.follow(this.#folders)) this.#hinted.abort();
    if (hints?.problem === undefined) this.#options.part.ok();
    else this.#options.part.degraded(hints.problem);
  }
}
