import { itemsOf, type Keys, keysOf } from './plain.ts';

/** The TCP ports that a service says it listens on, by `expose` and `ports`. */
export function portsOf({ expose, ports }: Keys): number[] {
  return [...new Set([...itemsOf(expose), ...itemsOf(ports)].flatMap(portsOfEntry))];
}

/** `6379`, `"8080:80"`, `127.0.0.1:8000-8001:80-81/tcp`, `{ target: 80, published: "8080" }` */
function portsOfEntry(entry: unknown): number[] {
  const { target, protocol = 'tcp' } = keysOf(entry);
  const text = target === undefined ? String(entry) : `${target}/${protocol}`;
  const [, first, last = first] = /(?:^|:)(\d+)(?:-(\d+))?(?:\/tcp)?$/.exec(text) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (!(from <= to) || to > 65_535) return [];
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
