import type { Wish } from '../../wish/wish.ts';
import { type Images, imageKeys } from '../file-wide.ts';
import type { ComposeFile } from '../model/compose-file.ts';
import { replicasOf } from '../model/replicas.ts';
import type { Service } from '../model/service.ts';
import type { Attachment } from '../record.ts';
import { definitionOf } from './definition.ts';
import { type Complaints, type Draft, drafts, type Piece, type Reason, sharedName } from './draft.ts';
import { type Files, filesOf } from './files.ts';
import { type Hosts, hostsOf, routePorts } from './hosts.ts';
import { isElsewhere, type Network, networkOf } from './network.ts';
import { type Edit, ownerEdits, topLevelEdits } from './owner-edits.ts';
import { findAdmin, Ports, takeAdmin } from './ports.ts';
import { purposeOf } from './purpose.ts';

/** A service that is added. */
export interface Addition {
  readonly name: string;
  /** What it is for: `ships the log files of web`. */
  readonly purpose: string;
  readonly definition: Readonly<Record<string, unknown>>;
  /** What it says of itself. */
  readonly record: Attachment;
  /** Changes elsewhere in the file. */
  readonly edits: readonly Edit[];
  readonly reasons: readonly Reason[];
  /** The service that is changed for it, and why. */
  readonly owner: { readonly name: string; readonly reasons: readonly Reason[] };
}

/** All services of one wish: one, or one for each replica. */
interface Group {
  readonly drafts: readonly Draft[];
  readonly first: Draft;
  readonly files: Files;
  readonly hosts: Hosts;
  /** Of each draft. */
  readonly networks: readonly Network[];
}

/** What becomes of a file in which services have wishes. What stands in the way is told in `complaints`; the plan is good only without. */
export function planOf(
  file: ComposeFile,
  wishes: ReadonlyMap<Service, readonly Wish[]>,
  images: Images,
  complaints: Complaints,
): Addition[] {
  const groups = [...wishes].flatMap(([owner, all]) => all.map((wish) => groupOf(owner, wish, file, complaints)));
  const ports = new Ports(file);
  for (const { first, hosts, networks } of groups)
    for (const { namespace } of networks) ports.take(namespace, [...hosts.ports, ...routePorts(first)]);
  const admins = adminsOf(groups, ports, complaints);
  const names = new Map<string, Service>([...file.services]);
  return groups.flatMap((group) =>
    group.drafts.map((draft, index) => {
      const other = names.get(draft.name);
      if (other !== undefined)
        complaints.ofService(
          other,
          undefined,
          `has the name that ${draft.wish.sidecar} of ${draft.owner.name} would have; call it something else`,
        );
      names.set(draft.name, draft.owner);
      return additionOf(draft, group, index);
    }),
  );

  function additionOf(draft: Draft, group: Group, index: number): Addition {
    const { files, hosts } = group;
    const isFirst = index === 0;
    const network = group.networks[index] ?? networkOf(draft, file);
    const admin = admins.get(draft) ?? { keys: {}, reasons: [] };
    const { definition, volumes, secrets, reasons } = definitionOf({ draft, file, files, hosts, network, admin, complaints });
    const isNew = (name: string) => isFirst || name.startsWith(`${draft.name}-`);
    const top = [
      topLevelEdits(file, 'volumes', new Map(volumes.filter(isNew).map((name) => [name, null]))),
      topLevelEdits(file, 'secrets', isFirst ? secrets : new Map()),
    ];
    const own = isFirst ? [ownerEdits(draft.owner, hosts)] : [];
    const all = [...own, ...top];
    const lists = (['added', 'repeated', 'resets', 'kept'] as const).map(
      (key) => [key, all.flatMap(({ record }) => record[key] ?? [])] as const,
    );
    const record = { 'attached-to': draft.owner.name, ...Object.fromEntries(lists.filter(([, list]) => list.length > 0)) };
    const image = imageKeys(images, draft.wish.sidecar);
    return {
      name: draft.name,
      purpose: purposeOf(draft, hosts),
      definition: { ...image, ...definition },
      record,
      edits: all.flatMap(({ edits }) => edits),
      reasons: [{ what: `image: ${image.image}`, why: `it ${purposeOf(draft, hosts)}` }, ...reasons],
      owner: { name: draft.owner.name, reasons: own.flatMap((edits) => edits.reasons) },
    };
  }
}

/** What each draft has to be told of its admin server, where it is not the usual. */
function adminsOf(groups: readonly Group[], ports: Ports, complaints: Complaints): ReadonlyMap<Draft, Piece> {
  const open: (readonly [Draft, Network])[] = [];
  const all = groups.flatMap(({ drafts, networks }) => drafts.flatMap((draft, index) => pairOf(draft, networks[index])));
  // what was given stays, and goes before what is found
  for (const [draft, network] of all) if (!takeAdmin(draft, network, ports, complaints)) open.push([draft, network]);
  const found = new Map<Draft, Piece>();
  const ofReplicas = new Map<string, Piece>();
  for (const [draft, network] of open) {
    const key = network.isOfReplica ? sharedName(draft) : draft.name;
    const admin = ofReplicas.get(key) ?? findAdmin(draft, network.namespace, ports);
    ofReplicas.set(key, admin);
    found.set(draft, admin);
  }
  return found;
}

function pairOf(draft: Draft, network: Network | undefined): (readonly [Draft, Network])[] {
  return network === undefined ? [] : [[draft, network]];
}

function groupOf(owner: Service, wish: Wish, file: ComposeFile, complaints: Complaints): Group {
  const [first] = drafts(owner, wish, 1) as [Draft];
  const files = filesOf(first, complaints);
  const all = drafts(owner, wish, replicasNeeded(first, files, complaints));
  if (!first.sidecar.joinsNetwork && owner.extendsFile !== undefined && !wish.over.networks && !wish.over.network_mode)
    complaints.ofService(
      owner,
      'extends',
      `names ${owner.extendsFile}, which is not read, so that nobody knows its networks; write them for ${wish.sidecar}: service: { networks: [default] }`,
    );
  const networks = all.map((draft) => networkOf(draft, file));
  const isOwn = wish.over.network_mode || wish.over.networks;
  if (wish.over.ports && !isOwn && networks.some(({ keys }) => isElsewhere(String(keys.network_mode ?? ''))))
    complaints.ofWish(
      first,
      undefined,
      `cannot publish ports, as it lives in the network of another; write them under ports of ${owner.name}`,
    );
  return { drafts: all, first, files, hosts: hostsOf(first, file, complaints), networks };
}

/** For how many containers of the owner there has to be one each. */
function replicasNeeded(draft: Draft, files: Files, complaints: Complaints): number {
  const { owner, wish, sidecar } = draft;
  const isGuest = isElsewhere(String(owner.keys.network_mode ?? ''));
  if (!(sidecar.joinsNetwork && !isGuest) && files.by !== 'container') return 1;
  const replicas = replicasOf(owner.keys);
  if (replicas === undefined) {
    const key = owner.keys.scale === undefined ? 'deploy' : 'scale';
    complaints.ofService(
      owner,
      key,
      `leaves to a variable how many containers there are, and each one needs ${wish.sidecar} of its own; write a number`,
    );
    return 1;
  }
  if (replicas > 1 && wish.sidecar === 'backup') {
    complaints.ofWish(
      draft,
      undefined,
      `would save ${replicas} containers of ${owner.name} to one place, each with files of its own; keep them in a volume with a name`,
    );
    return 1;
  }
  return replicas;
}
