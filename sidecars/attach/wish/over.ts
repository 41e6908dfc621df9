import { isAlias, isMap, isScalar, isSeq, type Node } from 'yaml';
import { entriesOf, kindOf, resolved, strangeTag } from './entries.ts';
import type { Spot } from './where.ts';

/** How many nodes are taken, with those that aliases repeat. */
const most = 10_000;

/** Reads the engine's own keys as plain values, with aliases and merge keys resolved. */
export function readOver(node: Node | undefined, spot: Spot): Record<string, unknown> {
  if (!isMap(node)) {
    spot.is(
      `is ${kindOf(node)}; write a mapping, such as { ${spot.where.overKey === 'service' ? 'mem_limit: 128m' : 'imagePullPolicy: Always'} }`,
    );
    return {};
  }
  const budget = { left: most };
  const value = plain(node, spot, [], budget);
  if (budget.left < 0) spot.is(`is more than ${most} values, as its aliases repeat them; write less`);
  return value as Record<string, unknown>;
}

function plain(node: Node | undefined, spot: Spot, way: readonly Node[], budget: { left: number }): unknown {
  budget.left -= 1;
  if (budget.left < 0) return undefined;
  const tag = strangeTag(node);
  if (tag !== undefined) return void spot.is(`has the tag ${tag}, which cannot be carried over; leave it out`);
  if (node !== undefined && way.includes(node)) return void spot.is('holds itself, through an alias; leave that out');
  if (isAlias(node)) return void spot.is(`is ${kindOf(node)}; write what it stands for`);
  const { document } = spot.where;
  const further = node === undefined ? way : [...way, node];
  if (isSeq(node))
    return node.items.map((item, index) => {
      const inner = resolved(item, document);
      return plain(inner, spot.within(`[${index}]`, inner), further, budget);
    });
  if (!isMap(node)) return isScalar(node) ? scalar(node.value, node.source) : null;
  const found: [string, unknown][] = [];
  for (const { name, key, value } of entriesOf(node, document)) {
    if (name === undefined) spot.within('', key).is('has a key that is no text; leave it out');
    else found.push([name, plain(value, spot.within(`.${name}`, value), further, budget)]);
  }
  return Object.fromEntries(found);
}

/** Compose and Kubernetes read `0440` as an octal number, which YAML 1.2 does not. */
function scalar(value: unknown, source: string | undefined): unknown {
  if (typeof value === 'number' && source !== undefined && /^0[0-7]+$/.test(source)) return Number.parseInt(source, 8);
  return value;
}
