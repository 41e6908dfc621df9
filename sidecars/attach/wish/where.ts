import type { Document, Node } from 'yaml';
import type { Place, Problem } from './wish.ts';

/** Where a wish stands, and which engine it is for. */
export interface Where {
  /** What leads to it in the file: `services.web.x-sidekick`. */
  readonly path: string;
  /** The key under which the engine's own keys stand; it also tells the engine: compose has services, Kubernetes containers. */
  readonly overKey: 'service' | 'container';
  /** The place of an offset in the text that was parsed. */
  readonly placeOf: (offset: number) => Place;
  /** What the nodes are of: an alias (`*common`) leads to another part of it. */
  readonly document: Document;
}

/** A part of a file, and what is found to be wrong in it. */
export class Spot {
  readonly where: Where;
  /** What leads to it in the file: `services.web.x-sidekick.logs.to`. */
  readonly path: string;
  readonly #node: Node | undefined;
  readonly #problems: Problem[];

  constructor(where: Where, path: string, node: Node | undefined, problems: Problem[]) {
    this.where = where;
    this.path = path;
    this.#node = node;
    this.#problems = problems;
  }

  /** Where it is written. */
  get place(): Place {
    return this.where.placeOf(this.#node?.range?.[0] ?? 0);
  }

  /** The last part of its path, as it is written: `max-line`. */
  get name(): string {
    return this.path.slice(this.path.lastIndexOf('.') + 1);
  }

  /** Says what is wrong with it: `is empty; write a value, or leave it out`. */
  is(problem: string): void {
    this.#problems.push({ place: this.place, text: `${this.path} ${problem}` });
  }

  /** Says a sentence that stands by itself. */
  says(problem: string): void {
    this.#problems.push({ place: this.place, text: `${this.path}: ${problem}` });
  }

  /** How much was found to be wrong so far, here and elsewhere. */
  get count(): number {
    return this.#problems.length;
  }

  /** A part of it: `.to`, `[2]`. Where nothing is written for it, it is told at the place of the whole. */
  within(step: string, node: Node | undefined): Spot {
    return new Spot(this.where, this.path + step, node?.range ? node : this.#node, this.#problems);
  }
}
