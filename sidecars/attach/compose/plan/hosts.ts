import { loopbacksOf, routeOf } from '../../wish/routes.ts';
import { type HostName, settingOf } from '../../wish/wish.ts';
import type { ComposeFile } from '../model/compose-file.ts';
import { extraHostsOf } from '../model/extra-hosts.ts';
import { linksOf } from '../model/links.ts';
import { portsOf } from '../model/ports.ts';
import type { Complaints, Draft } from './draft.ts';
import { isElsewhere } from './network.ts';

/** The names that an ambassador answers for. */
export interface Hosts {
  /** The address that the owner finds under each name. */
  readonly addresses: ReadonlyMap<string, string>;
  /** Where connections to them lead. */
  readonly routes: readonly string[];
  /** The ports that they are listened on. */
  readonly ports: readonly number[];
  /** Services that were linked, and are to be started before the owner as they were. */
  readonly linked: readonly string[];
}

/** A name with its port, and the service or host that stands behind it. */
interface Behind extends HostName {
  readonly target: string;
}

/** The names that a wish asks for, with those of the links. */
export function hostsOf(draft: Draft, file: ComposeFile, complaints: Complaints): Hosts {
  const { wish, owner } = draft;
  const links = wish.links ? linkedHosts(draft, file, complaints) : [];
  const own = wish.hosts.map((host) => ({ ...host, name: host.name.toLowerCase(), target: host.name.toLowerCase() }));
  const all = [...own, ...links.filter(({ name, port }) => !own.some((host) => host.name === name && host.port === port))];
  if (all.length > 0) findObstacles(draft, all, complaints);
  const addresses = loopbacksOf(all.map(({ name }) => name));
  return {
    addresses,
    // A dot at its end has the name asked of the name server, where /etc/hosts leads to ourselves: the sidecar has that of its owner. getaddrinfo
    // finds no name with a dot there, and Docker's own name server takes it for the same service and tells all replicas: seen with 28.5.
    routes: all.map((host) => routeOf(host, addresses.get(host.name) ?? '', `${host.target}.:${host.port}`)),
    ports: all.map(({ port }) => port),
    linked: wish.links ? [...new Set(linksOf(owner.keys).map(({ service }) => service))] : [],
  };
}

function linkedHosts(draft: Draft, file: ComposeFile, complaints: Complaints): Behind[] {
  const { owner, wish } = draft;
  const links = linksOf(owner.keys);
  if (links.length === 0)
    complaints.ofWish(draft, undefined, `has links: true, and ${owner.name} has no links; write hosts: ["redis:6379"]`);
  else if (owner.isWritten('links') !== 'here')
    complaints.ofService(
      owner,
      'links',
      `come from elsewhere and cannot be taken out here; write them out under services.${owner.name}`,
    );
  return links.flatMap(({ service, alias }) => {
    const name = alias.toLowerCase();
    // the person has said it better
    if (wish.hosts.some((host) => host.name.toLowerCase() === name)) return [];
    const target = file.services.get(service);
    const ports = target === undefined ? [] : portsOf(target.keys);
    if (target === undefined) complaints.ofService(owner, 'links', `name ${service}, which is no service of this file`);
    else if (ports.length === 0)
      complaints.ofService(
        owner,
        'links',
        `name ${service}, and no expose or ports tell what it listens on; write it as a host: hosts: ["${alias}:PORT${service === alias ? '' : `=${service}:PORT`}"]`,
      );
    return ports.map((port) => ({
      name,
      port,
      target: service,
      backends: undefined,
      options: undefined,
      place: owner.placeOf('links'),
    }));
  });
}

/** Tells what stands in the way of names. */
function findObstacles(draft: Draft, hosts: readonly Behind[], complaints: Complaints): void {
  const { owner, wish } = draft;
  const mode = String(owner.keys.network_mode ?? '');
  const path = `services.${owner.name}.x-sidekick.ambassador.hosts`;
  const [first] = hosts;
  if (isElsewhere(mode) || mode === 'none') {
    // Docker refuses extra_hosts of a container that is in the network of another one
    const instead = /^service:(.+)/.exec(mode)?.[1];
    const way =
      instead === undefined ? 'write routes to localhost: routes: ["6379=redis:6379"]' : `ask for them under services.${instead}`;
    complaints.at(
      first?.place ?? wish.place,
      path,
      `need names of its own, and ${owner.name} has those of its network_mode ${mode}; ${way}`,
    );
    return;
  }
  if (owner.isWritten('extra_hosts') === 'alias' && Array.isArray(owner.keys.extra_hosts))
    complaints.ofService(owner, 'extra_hosts', 'is an alias, to which no name can be added; write the list out');
  const taken = extraHostsOf(owner.keys).map((name) => name.toLowerCase());
  const listening = portsOf(owner.keys);
  for (const { name, port, place } of hosts) {
    if (taken.includes(name))
      complaints.at(place, path, `name ${name}, which extra_hosts of ${owner.name} leads elsewhere; take it out there`);
    if (listening.includes(port))
      complaints.at(
        place,
        path,
        `name port ${port} of ${name}, and ${owner.name} listens on ${port} itself, on every address as it seems; give ${name} another port: ["${name}:PORT=${name}.:${port}"]`,
      );
  }
}

/** The ports that the routes of an ambassador listen on, as far as they are known. */
export function routePorts({ wish, sidecar }: Draft): number[] {
  const given = settingOf(wish, 'routes')?.given;
  if (given?.from !== 'text') return [];
  try {
    const routes: readonly { readonly listen: { readonly port?: number } }[] = sidecar.outline.options.routes?.kind.parse(
      given.text,
    );
    return routes.flatMap(({ listen }) => listen.port ?? []);
  } catch {
    return [];
  }
}
