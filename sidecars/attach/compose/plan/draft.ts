import { type Attachable, sidecars } from '../../wish/sidecars.ts';
import type { Place, Problem, Setting, Wish } from '../../wish/wish.ts';
import type { Service } from '../model/service.ts';

/** A service that is about to be added. */
export interface Draft {
  readonly name: string;
  readonly owner: Service;
  readonly wish: Wish;
  readonly sidecar: Attachable;
  /** Which container of the owner it is for, from 1; undefined where it is for all of them, or there is one. */
  readonly replica: number | undefined;
}

/** Its name where it is the only one of its owner: `web-logs`. What belongs to all replicas is called by it. */
export function sharedName({ owner, wish }: Pick<Draft, 'owner' | 'wish'>): string {
  return `${owner.name}-${wish.sidecar}`;
}

/** The services of a wish: one, or one for each replica of its owner. */
export function drafts(owner: Service, wish: Wish, replicas: number): Draft[] {
  const sidecar = sidecars[wish.sidecar];
  const name = sharedName({ owner, wish });
  if (replicas <= 1) return [{ name, owner, wish, sidecar, replica: undefined }];
  return Array.from({ length: replicas }, (_, index) => ({
    name: `${name}-${index + 1}`,
    owner,
    wish,
    sidecar,
    replica: index + 1,
  }));
}

/** What a part of a service is, and what is told of it. */
export interface Piece {
  readonly keys: Readonly<Record<string, unknown>>;
  readonly reasons: readonly Reason[];
}

/** A line of the file, and why it is there. */
export interface Reason {
  readonly what: string;
  readonly why: string;
}

/** Collects what is wrong. */
export class Complaints {
  readonly #found = new Map<string, Problem>();

  /** What is wrong, in the order of the file; what several replicas complain of is there once. */
  get all(): Problem[] {
    return [...this.#found.values()].sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
  }

  /** Something is wrong with a wish, or with one of its settings. */
  ofWish({ owner, wish }: Pick<Draft, 'owner' | 'wish'>, setting: Setting | undefined, text: string): void {
    const option = setting === undefined ? '' : `.${setting.option.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;
    this.at(setting?.place ?? wish.place, `services.${owner.name}.x-sidekick.${wish.sidecar}${option}`, text);
  }

  /** Something is wrong with a service of the file, or with one of its keys. */
  ofService(service: Service, key: string | undefined, text: string): void {
    if (key === undefined) this.at(service.place, `services.${service.name}`, text);
    else this.at(service.placeOf(key), `services.${service.name}.${key}`, text);
  }

  add(problem: Problem): void {
    const { place, text } = problem;
    this.#found.set(`${place.line}:${place.column}:${text}`, problem);
  }

  /** @param text what follows the path: `is too small` */
  at(place: Place, path: string, text: string): void {
    this.add({ place, text: `${path} ${text}` });
  }
}
