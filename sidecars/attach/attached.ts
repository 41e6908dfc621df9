import { version } from '#shared/version.ts';
import type { Place, Problem } from './wish/wish.ts';

/** How sidecars are attached to what a file describes: the flags, which go before what the file says under its own `x-sidekick`. */
export interface How {
  /** The name of the file in messages. */
  readonly file: string;
  /** What goes before the name of an image: `sidekick/`, `registry.example/sidekick/`. Undefined where no flag says so. */
  readonly images: string | undefined;
  /** The tag of the images: `0.1.0`. Undefined where no flag says so. */
  readonly tag: string | undefined;
  /** The root of a clone of Sidekick, from which compose builds the images; undefined where no flag says so. */
  readonly build: string | undefined;
}

/** What holds where neither a flag nor the file says which images are meant. */
export const byDefault = { images: 'sidekick/', tag: version } as const;

/** One thing that was added or changed, and why. */
export interface Change {
  /** The service or workload that has got it, or that is new. */
  readonly owner: string;
  /** What was added, in the words of the file: `network_mode: service:web`. */
  readonly what: string;
  readonly why: string;
}

/** A file with sidecars attached. */
export interface Attached {
  readonly text: string;
  /** In the order of the file. */
  readonly changes: readonly Change[];
}

/** A file that is refused, with everything that is wrong in it. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    super(problems.map(({ place, text }) => `${located(file, place)}: ${text}`).join('\n'));
    this.problems = problems;
  }
}

/** A place as compilers write it: `compose.yaml:7:9`. */
export function located(file: string, { line, column }: Place): string {
  return `${file}:${line}:${column}`;
}
