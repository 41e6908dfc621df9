import { byDefault, type How } from '../../attached.ts';
import type { Wish } from '../../wish/wish.ts';
import type { Additions } from './additions.ts';
import type { Ports } from './admin.ts';
import { containerOf } from './container.ts';
import { findLongGrace } from './grace.ts';
import { identityOf } from './identity.ts';
import { laidOver } from './over.ts';
import { ownFolders } from './own-folders.ts';
import { purposeOf } from './purpose.ts';
import { type Routing, routingOf } from './routes.ts';
import { secretSettings } from './secrets.ts';
import { findStores } from './stores.ts';
import { textVariables } from './variables.ts';
import { filesOf } from './wished-files.ts';

/** The user and the group of the images. */
export const ownUser = 65_532;

/** The container of a sidecar, and what comes with it. */
export interface Sidecar {
  readonly container: Readonly<Record<string, unknown>>;
  /** What it is for, in the words of a comment. */
  readonly purpose: string;
  readonly routing: Routing;
  /** Whether it reads files of a volume that is empty with each new pod. */
  readonly sharesEmptyDir: boolean;
}

/** What all sidecars of a pod have to do with. */
export interface Surroundings {
  readonly additions: Additions;
  readonly ports: Ports;
  /** The names of its containers. */
  readonly names: Set<string>;
  /** The user that reads what the application writes. */
  readonly reader: number;
  readonly how: How;
}

/** Plans one sidecar. */
export function sidecarOf(wish: Wish, { additions, ports, names, reader, how }: Surroundings): Sidecar {
  const { sidecar, over } = wish;
  const purpose = purposeOf(wish, additions.container.name);
  const name = nameOf(wish, additions, names);
  additions.tell(`initContainers: ${name}`, `it ${purpose}, and is there before the application starts and until it has ended`);
  const files = filesOf(wish, additions);
  const secrets = secretSettings(wish, additions);
  const routing = routingOf(wish, additions);
  const { asked, variables } = ports.asked(wish);
  const texts = [...files.variables, ...textVariables(wish), ...secrets.variables];
  const generated = containerOf({
    sidecar,
    name,
    image: `${how.images ?? byDefault.images}${sidecar}:${how.tag ?? byDefault.tag}`,
    variables: [...texts, ...routing.variables, ...identityOf(wish, files.ofOnePod, additions), ...variables],
    mounts: [...files.mounts, ...ownFolders(wish, additions), ...secrets.mounts, ...routing.mounts],
    asked,
    user: files.mounts.length > 0 ? reader : ownUser,
  });
  const container = laidOver(generated, over);
  findStores(wish, container.volumeMounts, additions);
  findLongGrace(wish, additions);
  return { container, purpose, routing, sharesEmptyDir: files.inEmptyDir };
}

function nameOf({ sidecar, over, place }: Wish, additions: Additions, names: Set<string>): string {
  const name = typeof over.name === 'string' ? over.name : sidecar;
  const other = `container: { name: ${additions.container.name}-${sidecar} }`;
  if (names.has(name)) additions.refuse(sidecar, place, ` makes a container ${name}, which the pod has already; write ${other}`);
  names.add(name);
  return name;
}
