import { posix } from 'node:path';
import { nearest } from '#shared/config/nearest.ts';
import { type How, Refused } from '../attached.ts';
import { readFileWide } from '../compose/file-wide.ts';
import { readComposeFile } from '../compose/model/compose-file.ts';
import { keysOf } from '../compose/model/plain.ts';
import { replicasOf } from '../compose/model/replicas.ts';
import { readWishes } from '../wish/read-wishes.ts';
import type { Problem, SidecarName, Wish } from '../wish/wish.ts';
import { YamlText } from '../yaml/yaml-text.ts';
import type { Secrets } from './settings.ts';
import { type Target, targetOfService } from './target.ts';

/** A service of a compose file, as far as a sidecar beside one of its containers goes. */
export interface Beside {
  readonly target: Target;
  /** What the file asks of the sidecar; undefined where it does not ask for it. */
  readonly wish: Wish | undefined;
  readonly secrets: Secrets;
  /** Where paths in the file begin, as seen from the person. */
  readonly folder: string;
  readonly images: string;
  readonly tag: string;
}

/** A compose file as it was read. */
export interface ComposeText {
  readonly text: string;
  /** Its name in messages. */
  readonly name: string;
  /** Where it is; undefined where it came from stdin. */
  readonly path: string | undefined;
}

/**
 * Finds a service in a compose file, and what the file asks of a sidecar beside it.
 * @throws Refused where there is no such service, or what it asks for is wrong.
 */
export function besideService(service: string, sidecar: SidecarName, file: ComposeText, how: How): Beside {
  const yaml = YamlText.parse(file.text, file.name);
  const [document] = yaml.documents;
  const { services, keys, nodeOf } = readComposeFile(yaml);
  const found = services.get(service);
  if (document === undefined || found === undefined) {
    const near = nearest(service, [...services.keys()]);
    const others = near === undefined ? `there are ${[...services.keys()].join(', ') || 'none'}` : `did you mean ${near}?`;
    throw new Refused(file.name, [{ place: { line: 1, column: 1 }, text: `${service} is no service of this file; ${others}` }]);
  }
  const problems: Problem[] = [];
  const where = { overKey: 'service', placeOf: (offset: number) => yaml.placeOf(offset), document } as const;
  const { prefix, tag } = readFileWide(nodeOf('x-sidekick'), how, { ...where, path: 'x-sidekick' }, problems);
  const wishes = readWishes(found.wish, { ...where, path: `services.${service}.x-sidekick` }, problems);
  if (problems.length > 0) throw new Refused(file.name, problems);
  return {
    target: targetOfService(service, file.path, found.keys, replicasOf(found.keys) ?? 2),
    wish: wishes.find((wish) => wish.sidecar === sidecar),
    secrets: keysOf(keys.secrets) as Secrets,
    folder: file.path === undefined ? '.' : posix.dirname(file.path),
    images: prefix,
    tag,
  };
}
