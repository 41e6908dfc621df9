import { itemsOf, type Keys } from './plain.ts';

/** A link of a service to another one. */
export interface Link {
  readonly service: string;
  /** The name by which the other one is found. */
  readonly alias: string;
}

/** What `links` of a service says: `redis`, `redis:cache`. */
export function linksOf({ links }: Keys): Link[] {
  return itemsOf(links).map((entry) => {
    const [service = '', alias = service] = String(entry).split(':');
    return { service, alias };
  });
}
