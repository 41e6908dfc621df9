import type { ComposeFile } from '../model/compose-file.ts';
import { itemsOf } from '../model/plain.ts';
import { dependenciesOf, isJob } from './dependencies.ts';
import type { Complaints, Draft, Piece, Reason } from './draft.ts';
import { type Files, fileKeys } from './files.ts';
import type { Hosts } from './hosts.ts';
import { keepingOf } from './keeping.ts';
import type { Network } from './network.ts';
import { goOver } from './over.ts';
import { settingsOf } from './secrets.ts';

/** What a service is put together from. */
interface Parts {
  readonly draft: Draft;
  readonly file: ComposeFile;
  readonly files: Files;
  readonly hosts: Hosts;
  readonly network: Network;
  readonly admin: Piece;
  readonly complaints: Complaints;
}

/** A service without its image, and what it needs of the top level. */
interface Definition {
  readonly definition: Readonly<Record<string, unknown>>;
  readonly volumes: readonly string[];
  readonly secrets: ReadonlyMap<string, { readonly file: string }>;
  readonly reasons: readonly Reason[];
}

/** Puts a service together, in the order in which a person would read it. */
export function definitionOf({ draft, file, files, hosts, network, admin, complaints }: Parts): Definition {
  const { owner, wish, sidecar } = draft;
  const needs = dependenciesOf(draft, network, file);
  const { keys: fromOwner, reasons: ofFiles } = fileKeys(draft, files);
  const keeping = keepingOf(draft, file, complaints);
  const settings = settingsOf(draft, file, complaints);
  const profiles = itemsOf(owner.keys.profiles);
  const anchor: Piece =
    network.needsAnchor && fromOwner.volumes_from === undefined ? anchorOf(owner.name) : { keys: {}, reasons: [] };
  const generated = present({
    ...network.keys,
    profiles,
    ...needs.keys,
    ...anchor.keys,
    ...(fromOwner.volumes_from === undefined ? {} : { volumes_from: fromOwner.volumes_from }),
    volumes: [...itemsOf(fromOwner.volumes), ...keeping.volumes],
    environment: { ...settings.environment, ...routesOf(settings.environment, hosts), ...admin.keys },
    secrets: settings.mounted,
    restart: isJob(draft) ? 'on-failure' : 'unless-stopped',
    user: '65532',
    read_only: true,
    tmpfs: keeping.tmpfs,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    pids_limit: 64,
    mem_limit: `${sidecar.memory}m`,
  });
  const hardening = { what: 'read_only, cap_drop, no-new-privileges, pids_limit, mem_limit', why: 'it needs no more' };
  const given = Object.keys(wish.over).map((key) => ({ what: key, why: 'written under service' }));
  return {
    definition: goOver(generated, wish.over),
    volumes: keeping.names,
    secrets: settings.added,
    reasons: [
      ...network.reasons,
      ...(profiles.length === 0
        ? []
        : [{ what: `profiles: [${profiles.join(', ')}]`, why: `it is there when ${owner.name} is` }]),
      ...needs.reasons,
      ...anchor.reasons,
      ...ofFiles,
      ...keeping.reasons,
      ...admin.reasons,
      ...hosts.routes.map((what) => ({ what, why: routeReason })),
      ...settings.reasons,
      hardening,
      ...given,
    ],
  };
}

/** See `joinedReplica`: compose makes anew what has volumes of a container that was made anew. */
function anchorOf(owner: string): Piece {
  const what = `volumes_from: [${owner}:ro]`;
  const why = `so that compose makes it anew whenever ${owner} is; without it the network would be one that is gone`;
  return { keys: { volumes_from: [`${owner}:ro`] }, reasons: [{ what, why }] };
}

const routeReason = 'a dot behind a name has the name server asked, which tells every replica; the name itself leads here';

/** The routes of names come behind those that were written. */
function routesOf(environment: Readonly<Record<string, string>>, { routes }: Hosts): Record<string, string> {
  if (routes.length === 0) return {};
  return { AMBASSADOR_ROUTES: [environment.AMBASSADOR_ROUTES, ...routes].filter((text) => text !== undefined).join('\n') };
}

/** Without lists and mappings in which there is nothing. */
function present(keys: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isEmpty = (value: unknown) => typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined && !isEmpty(value)));
}
