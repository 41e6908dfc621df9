import { Invalid } from '#shared/config/kinds.ts';

/** What was found to be wrong so far, so that everything is told at once. */
export class Problems {
  readonly found: string[] = [];

  /** Adds a sentence, behind the part of the text that it is about. */
  add(part: string, problem: string): void {
    this.found.push(`${shortened(part)}: ${problem}`);
  }

  /** What `read` returns; undefined where it throws Invalid, which is added behind the place in that part. */
  attempt<T>(part: string, place: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      if (error.parts.length > 0) this.found.push(...error.parts);
      else this.add(part, `${place} ${error.message}`);
      return undefined;
    }
  }

  /** @throws Invalid with everything that was found, if anything was. */
  raise(): void {
    const [first, ...others] = this.found;
    if (first !== undefined) throw new Invalid([first, ...others]);
  }
}

/** As much of a part as tells which one it is. */
export function shortened(part: string): string {
  return part.length > 120 ? `${part.slice(0, 119)}…` : part;
}
