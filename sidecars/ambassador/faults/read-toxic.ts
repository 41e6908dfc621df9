import { Fields } from './fields.ts';
import { badBody, Refusal } from './refusal.ts';
import { toxicKinds } from './toxics/kinds.ts';
import type { Attributes, Stream, Toxic, ToxicKind } from './toxics/toxic.ts';

/**
 * Reads a toxic as toxiproxy's clients write it.
 * @param others the toxics of its route.
 * @throws Refusal where it is none, or has the name of another.
 */
export function readToxic(value: unknown, others: readonly Toxic[]): Toxic {
  const fields = new Fields(value, 'a toxic');
  const stream = readStream(fields);
  const type = fields.text('type') ?? '';
  const name = fields.text('name') || `${type}_${stream}`;
  const kind = toxicKinds.get(type);
  if (kind === undefined) throw new Refusal(400, `invalid toxic type; there are ${[...toxicKinds.keys()].join(', ')}`);
  if (others.some((other) => other.name === name)) throw new Refusal(409, 'toxic already exists');
  const none = Object.fromEntries(kind.attributes.map((attribute) => [attribute, 0]));
  return { name, type, stream, toxicity: readToxicity(fields) ?? 1, attributes: readAttributes(fields, kind, none) };
}

/** Reads what is to be changed of a toxic: its toxicity and those of its attributes that are given. @throws Refusal where it is wrong. */
export function changeToxic(toxic: Toxic, value: unknown): Toxic {
  const fields = new Fields(value, 'a toxic');
  const kind = toxicKinds.get(toxic.type);
  if (kind === undefined) throw new Refusal(400, 'invalid toxic type');
  const attributes = readAttributes(fields, kind, toxic.attributes);
  return { ...toxic, toxicity: readToxicity(fields) ?? toxic.toxicity, attributes };
}

function readStream(fields: Fields): Stream {
  const stream = (fields.text('stream') ?? 'downstream').toLowerCase();
  if (stream !== 'upstream' && stream !== 'downstream')
    throw new Refusal(400, 'stream was invalid, can be either upstream or downstream');
  return stream;
}

function readToxicity(fields: Fields): number | undefined {
  const toxicity = fields.number('toxicity');
  if (toxicity !== undefined && (toxicity < 0 || toxicity > 1)) throw badBody('toxicity has to be from 0 to 1');
  return toxicity;
}

function readAttributes(fields: Fields, kind: ToxicKind, before: Attributes): Attributes {
  const given = fields.get('attributes');
  const attributes = { ...before };
  if (given !== undefined) {
    const each = new Fields(given, 'attributes');
    each.only(...kind.attributes);
    for (const name of each.names) {
      const number = each.number(name);
      if (!Number.isSafeInteger(number) || Number(number) < 0) throw badBody(`${name} has to be a whole number, 0 or above`);
      attributes[name] = Number(number);
    }
  }
  const conflict = kind.conflict?.(attributes);
  if (conflict !== undefined) throw badBody(conflict);
  return attributes;
}
