import type { ComposeFile } from '../model/compose-file.ts';
import { isMapping, itemsOf, keysOf, namesOf } from '../model/plain.ts';
import type { Service } from '../model/service.ts';
import type { Attachment } from '../record.ts';
import type { Reason } from './draft.ts';
import type { Hosts } from './hosts.ts';

/** A change to what is there. The path is that of the file: `['services', 'web', 'extra_hosts', 'redis']`. */
export type Edit =
  | { readonly do: 'set'; readonly path: readonly string[]; readonly value: unknown }
  | { readonly do: 'append'; readonly path: readonly string[]; readonly value: unknown };

/** Changes outside of the services that are added. */
export interface Edits {
  readonly edits: readonly Edit[];
  /** What a service has to remember of them. */
  readonly record: Omit<Attachment, 'attached-to'>;
  readonly reasons: readonly Reason[];
}

/** What names need of the service that uses them. */
export function ownerEdits(owner: Service, { addresses, linked }: Hosts): Edits {
  const edits: Edit[] = [];
  const added: string[] = [];
  const repeated: string[] = [];
  const reasons: Reason[] = [];
  const put = (key: string, names: readonly string[], item: (name: string) => string, value: (name: string) => unknown) => {
    const there = owner.keys[key];
    const path = ['services', owner.name, key];
    const isList = !isMapping(there);
    if (names.length === 0) return;
    if (there === undefined || owner.isWritten(key) === 'elsewhere') {
      // what is merged (<<) stays only where it is repeated
      const whole = isList
        ? [...itemsOf(there), ...names.map(item)]
        : { ...keysOf(there), ...Object.fromEntries(names.map((name) => [name, value(name)])) };
      edits.push({ do: 'set', path, value: whole });
      (there === undefined ? added : repeated).push(path.join('/'));
    } else {
      for (const name of names) {
        edits.push(isList ? { do: 'append', path, value: item(name) } : { do: 'set', path: [...path, name], value: value(name) });
        added.push([...path, name].join('/'));
      }
    }
  };
  put(
    'extra_hosts',
    [...addresses.keys()],
    (name) => `${name}:${addresses.get(name)}`,
    (name) => addresses.get(name),
  );
  for (const [name, address] of addresses)
    reasons.push({
      what: `extra_hosts: ${name}:${address}`,
      why: `the application goes on calling ${name}, and the ambassador answers`,
    });
  if (linked.length > 0)
    reasons.push({
      what: 'links: !reset',
      why: 'compose takes no more notice of them: their names are now those of the ambassador',
    });
  const waiting = linked.filter((name) => !namesOf(owner.keys.depends_on).includes(name));
  put(
    'depends_on',
    waiting,
    (name) => name,
    () => ({ condition: 'service_started' }),
  );
  for (const name of waiting)
    reasons.push({ what: `depends_on: ${name}`, why: `${owner.name} is started after what it was linked to, as before` });
  return {
    edits,
    record: {
      added,
      repeated,
      resets: linked.length > 0 ? [`services/${owner.name}/links`] : [],
      kept: [
        ...(addresses.size > 0 ? keptOf(owner, 'extra_hosts') : []),
        ...(waiting.length > 0 ? keptOf(owner, 'depends_on') : []),
      ],
    },
    reasons,
  };
}

/** New volumes and secrets of the top level. */
export function topLevelEdits(file: ComposeFile, key: 'volumes' | 'secrets', entries: ReadonlyMap<string, unknown>): Edits {
  const kept =
    entries.size > 0 && file.nodeOf(key) !== undefined && Object.keys(keysOf(file.keys[key])).length === 0 ? [key] : [];
  return {
    edits: [...entries].map(([name, value]) => ({ do: 'set', path: [key, name], value })),
    record: { added: [...entries.keys()].map((name) => `${key}/${name}`), kept },
    reasons: [],
  };
}

/** A key that has nothing in it. */
function keptOf(owner: Service, key: string): string[] {
  const isEmpty = owner.isWritten(key) === 'here' && namesOf(owner.keys[key]).length === 0;
  return isEmpty ? [`services/${owner.name}/${key}`] : [];
}
