import type { Document } from 'yaml';
import { type Attached, type Change, type How, Refused } from '../attached.ts';
import { readWishes } from '../wish/read-wishes.ts';
import type { Where } from '../wish/where.ts';
import type { Problem, Wish } from '../wish/wish.ts';
import { YamlText } from '../yaml/yaml-text.ts';
import { readFileWide } from './file-wide.ts';
import { overridesOf, withTag } from './merge-tags.ts';
import { type ComposeFile, readComposeFile } from './model/compose-file.ts';
import type { Service } from './model/service.ts';
import { originalPlace } from './original-places.ts';
import { Complaints } from './plan/draft.ts';
import { type Addition, planOf } from './plan/plan.ts';
import { removeFromCompose } from './remove.ts';

/**
 * Attaches to the services of a compose file what they ask for under `x-sidekick`. Sidecars that were attached before are made anew.
 * @throws Refused with everything that is wrong in the file.
 */
export function attachCompose(text: string, how: How): Attached {
  const bare = removeFromCompose(text, how.file);
  try {
    return attachToBare(bare, how);
  } catch (error) {
    if (!(error instanceof Refused) || bare === text) throw error;
    throw new Refused(
      how.file,
      error.problems.map(({ place, text: problem }) => ({ place: originalPlace(text, bare, place), text: problem })),
    );
  }
}

/** Attaches to a file in which nothing is attached. */
function attachToBare(text: string, how: How): Attached {
  const yaml = YamlText.parse(text, how.file);
  const file = readComposeFile(yaml);
  const complaints = new Complaints();
  const [document] = yaml.documents as readonly [Document, ...Document[]];
  const where = (path: string): Where => ({ path, overKey: 'service', document, placeOf: (offset) => yaml.placeOf(offset) });
  const problems: Problem[] = [];
  if (file.services.size === 0)
    problems.push({ place: { line: 1, column: 1 }, text: 'it has no services, so that there is nothing to attach to' });
  const images = readFileWide(file.nodeOf('x-sidekick'), how, where('x-sidekick'), problems);
  const wishes = new Map<Service, readonly Wish[]>();
  for (const service of file.services.values())
    if (service.wish !== undefined)
      wishes.set(service, readWishes(service.wish, where(`services.${service.name}.x-sidekick`), problems));
  for (const problem of problems) complaints.add(problem);
  // what is not understood is no ground for a plan
  const additions = problems.length === 0 ? planOf(file, wishes, images, complaints) : [];
  if (complaints.all.length > 0) throw new Refused(how.file, complaints.all);
  if (additions.length === 0) return { text, changes: [] };
  const overrides = overridesOf(document);
  const resets = additions.flatMap(({ record }) => record.resets ?? []);
  const edited = YamlText.parse(withTag(withTag(text, '!override', overrides), '!reset', resets), how.file);
  for (const [index, addition] of additions.entries()) write(edited, addition, index === 0 ? overrides : []);
  return { text: edited.toString(), changes: [...overrides.map(overrideChange), ...changesOf(file, additions)] };
}

function overrideChange(path: string): Change {
  const [, owner = '', key = ''] = path.split('/');
  return {
    owner,
    what: `${key}: !override`,
    why: 'compose refuses it where two files say the same, and this one may be used over the original',
  };
}

function write(yaml: YamlText, { name, purpose, definition, record, edits }: Addition, overrides: readonly string[]): void {
  for (const edit of edits) {
    if (edit.do === 'set') yaml.set(0, edit.path, edit.value);
    else yaml.append(0, edit.path, edit.value);
  }
  const own = { ...definition, 'x-sidekick': { ...record, ...(overrides.length > 0 ? { overrides } : {}) } };
  yaml.set(0, ['services', name], own, `added by sidekick/attach: ${purpose}`);
}

/** What was changed: first in the services that were there, then what is new. */
function changesOf(file: ComposeFile, additions: readonly Addition[]): Change[] {
  const changed = [...file.services.keys()].flatMap((owner) =>
    additions
      .filter((addition) => addition.owner.name === owner)
      .flatMap(({ owner: { reasons } }) => reasons.map((reason) => ({ owner, ...reason }))),
  );
  return [...changed, ...additions.flatMap(({ name, reasons }) => reasons.map((reason) => ({ owner: name, ...reason })))];
}
