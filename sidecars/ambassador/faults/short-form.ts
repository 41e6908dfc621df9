import type { AdminReply } from '#shared/admin.ts';
import { Fields, parseBody } from './fields.ts';
import { enable, proxyOf } from './proxies.ts';
import type { ProxyHost, RouteProxy } from './proxy-host.ts';
import { readToxic } from './read-toxic.ts';
import { badBody, done, json } from './refusal.ts';
import type { Toxic } from './toxics/toxic.ts';

/** All faults of a route. */
interface Faults {
  readonly down: boolean;
  readonly toxics: readonly Toxic[];
}

/** `GET /faults`: those of every route, by name. */
export async function listFaults(host: ProxyHost): Promise<AdminReply> {
  return json(200, Object.fromEntries((await host.proxies()).map((proxy) => [proxy.name, faultsOf(host, proxy)])));
}

/** `GET /faults/{route}` */
export async function showFaults(host: ProxyHost, route: string): Promise<AdminReply> {
  return json(200, faultsOf(host, await proxyOf(host, route)));
}

/** `PUT /faults/{route}`: from now on the route has these faults and no others. All of them are read before the first is done. */
export async function putFaults(host: ProxyHost, route: string, body: string): Promise<AdminReply> {
  const proxy = await proxyOf(host, route);
  const { down, toxics } = readFaults(parseBody(body));
  const after = proxy.enabled === !down ? proxy : await enable(host, route, !down);
  host.faults.of(route).set(toxics);
  return json(200, faultsOf(host, after));
}

/** `DELETE /faults/{route}` */
export async function deleteFaults(host: ProxyHost, route: string): Promise<AdminReply> {
  const { enabled } = await proxyOf(host, route);
  if (!enabled) await enable(host, route, true);
  host.faults.of(route).set([]);
  return done;
}

function faultsOf(host: ProxyHost, { name, enabled }: RouteProxy): Faults {
  return { down: !enabled, toxics: host.faults.of(name).toxics };
}

function readFaults(value: unknown): Faults {
  if (Array.isArray(value)) return { down: false, toxics: readToxics(value) };
  const fields = new Fields(value, 'what is not a list of toxics');
  fields.only('down', 'toxics');
  const toxics = fields.get('toxics') ?? [];
  if (!Array.isArray(toxics)) throw badBody('toxics has to be a JSON list');
  return { down: fields.flag('down') ?? false, toxics: readToxics(toxics) };
}

function readToxics(list: readonly unknown[]): readonly Toxic[] {
  const toxics: Toxic[] = [];
  for (const value of list) {
    new Fields(value, 'a toxic').only('name', 'type', 'stream', 'toxicity', 'attributes');
    toxics.push(readToxic(value, toxics));
  }
  return toxics;
}
