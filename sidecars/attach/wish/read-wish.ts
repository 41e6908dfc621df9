import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { type Entry, kindOf, resolved } from './entries.ts';
import { readGiven } from './given.ts';
import { findOwnNames, findTwins, readHost } from './hosts.ts';
import { meaningOf, strangeKey } from './keys.ts';
import { readOver } from './over.ts';
import { sidecars } from './sidecars.ts';
import { scalarText } from './texts.ts';
import { checkHost, findConflicts } from './together.ts';
import type { Spot } from './where.ts';
import type { HostName, Setting, SidecarName, Wish } from './wish.ts';

/** Keys of the engine's own, and how they are called for the other one. */
const overKeys = { service: 'compose', container: 'Kubernetes' } as const;

/** Reads the entries of one sidecar; what is wrong is told. */
export function readWish(sidecar: SidecarName, entries: readonly Entry[], spot: Spot): Wish {
  const { overKey } = spot.where;
  const before = spot.count;
  const settings = new Map<Setting, Spot>();
  /** Where each option is first given. */
  const first = new Map<string, Spot>();
  const hosts = new Map<HostName, Spot>();
  let links = false;
  let over: Record<string, unknown> = {};
  for (const { name, key, value } of entries) {
    const step = name === undefined ? '' : `.${name}`;
    const [atKey, atValue] = [spot.within(step, key), spot.within(step, value)];
    const meaning = name === undefined ? undefined : meaningOf(sidecar, name);
    if (name === undefined) atKey.is('has a key that is no text; write the name of an option');
    else if (name === overKey) over = readOver(value, atValue);
    else if (Object.hasOwn(overKeys, name)) atKey.is(`is for ${overKeys[name as keyof typeof overKeys]}; write ${overKey} here`);
    else if (sidecar === 'ambassador' && name === 'hosts') readHosts(value, atValue, hosts);
    else if (sidecar === 'ambassador' && name === 'links') links = readLinks(value, atValue);
    else if (meaning === undefined) atKey.is(strangeKey(sidecar, name, overKey));
    else if (value === undefined) atKey.is('has no value; write one, or leave it out');
    else {
      const other = first.get(meaning.option);
      if (other === undefined) first.set(meaning.option, atKey);
      else atKey.is(`is the same setting as ${other.name} in line ${other.place.line}; keep one of them`);
      const given = readGiven(value, meaning, sidecars[sidecar], atValue);
      if (given !== undefined) settings.set({ ...meaning, given, place: atValue.place }, atValue);
    }
  }
  const wish: Wish = { sidecar, settings: [...settings.keys()], hosts: [...hosts.keys()], links, over, place: spot.place };
  const spotOfHost = (host: HostName) => hosts.get(host) ?? spot;
  const spotOfSetting = (setting: Setting) => settings.get(setting) ?? spot;
  findTwins(wish.hosts, spotOfHost);
  findOwnNames(wish.hosts, spotOfHost);
  for (const [host, place] of hosts) checkHost(host, place);
  findRoutesElsewhere(wish, spotOfSetting);
  if (spot.count === before) findConflicts({ wish, spot, spotOfSetting, spotOfHost });
  return wish;
}

function readHosts(node: Node | undefined, spot: Spot, hosts: Map<HostName, Spot>): void {
  const { document } = spot.where;
  if (isMap(node)) spot.is('is a mapping; write a list of names with ports: ["redis:6379"]');
  else if (!isSeq(node)) addHost(node, spot, hosts);
  else if (node.items.length === 0) spot.is('is a list of nothing; name a host, or leave it out');
  for (const [index, written] of isSeq(node) ? node.items.entries() : []) {
    const item = resolved(written, document);
    addHost(item, spot.within(`[${index}]`, item), hosts);
  }
}

function addHost(node: Node | undefined, spot: Spot, hosts: Map<HostName, Spot>): void {
  const isText = !isMap(node) && !isSeq(node);
  if (!isText) spot.is(`is ${kindOf(node)}; write NAME:PORT with no blank behind the colon, such as redis:6379`);
  const text = isText ? scalarText(node, spot) : undefined;
  const host = text === undefined ? undefined : readHost(text, spot);
  if (host !== undefined) hosts.set(host, spot);
}

function readLinks(node: Node | undefined, spot: Spot): boolean {
  if (!isScalar(node) || typeof node.value !== 'boolean')
    spot.is('is neither true nor false; true makes a host of each entry in links of the service');
  else if (node.value && spot.where.overKey === 'container')
    spot.is('is for compose, as Kubernetes has no links; write hosts: ["redis:6379"]');
  else return node.value;
  return false;
}

/** Tells where routes come from elsewhere, so that those of host names cannot be put beside them. */
function findRoutesElsewhere({ sidecar, settings, hosts, links }: Wish, spotOf: (setting: Setting) => Spot): void {
  const routes = settings.find(({ option }) => option === 'routes');
  if (sidecar !== 'ambassador' || routes === undefined || (hosts.length === 0 && !links)) return;
  if (routes.given.from !== 'text' || routes.isPath)
    spotOf(routes).is(
      `come from elsewhere, so that those of ${hosts.length > 0 ? 'hosts' : 'links'} have no place; write them out here: routes: ["6379=redis:6379"]`,
    );
}
