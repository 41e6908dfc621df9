import type { AdminReply } from '#shared/admin.ts';
import { Fields, parseBody } from './fields.ts';
import type { ProxyHost, RouteProxy } from './proxy-host.ts';
import { changeToxic, readToxic } from './read-toxic.ts';
import { badBody, done, errorBody, json, Refusal, refusalOf } from './refusal.ts';
import type { RouteFaults } from './route-faults.ts';

/** The version of toxiproxy whose API this is. */
export const apiVersion = '2.12.0';

/** The route of a name. @throws Refusal where there is none. */
export async function proxyOf(host: ProxyHost, name: string): Promise<RouteProxy> {
  const proxy = (await host.proxies()).find((candidate) => candidate.name === name);
  if (proxy === undefined) throw new Refusal(404, 'proxy not found');
  return proxy;
}

/** Brings a route down, which closes its connections, or up again. */
export async function enable(host: ProxyHost, name: string, enabled: boolean): Promise<RouteProxy> {
  const proxy = await host.setEnabled(name, enabled);
  if (!enabled) host.faults.of(name).cut();
  return proxy;
}

/** Takes all toxics off all routes, and brings up those that are down. */
export async function resetAll(host: ProxyHost): Promise<AdminReply> {
  for (const { name, enabled } of await host.proxies()) {
    if (!enabled) await enable(host, name, true);
    host.faults.of(name).set([]);
  }
  return done;
}

/** `GET /proxies` */
export async function listProxies(host: ProxyHost): Promise<AdminReply> {
  const proxies = await host.proxies();
  return json(200, Object.fromEntries(proxies.map((proxy) => [proxy.name, shown(host, proxy)])));
}

/** `GET /proxies/{proxy}` */
export async function showProxy(host: ProxyHost, name: string): Promise<AdminReply> {
  return json(200, shown(host, await proxyOf(host, name)));
}

/** `POST /proxies` */
export async function createProxy(host: ProxyHost, body: string): Promise<AdminReply> {
  const { enabled = true, ...proxy } = readProxy(parseBody(body));
  host.faults.forget(await free(host, proxy.name));
  return json(201, shown(host, await host.create({ ...proxy, enabled })));
}

/** `POST /proxies/{proxy}` and `PATCH` */
export async function updateProxy(host: ProxyHost, name: string, body: string): Promise<AdminReply> {
  const before = await proxyOf(host, name);
  const fields = new Fields(parseBody(body), 'a proxy');
  const [listen, upstream] = [fields.text('listen') ?? before.listen, fields.text('upstream') ?? before.upstream];
  const enabled = fields.flag('enabled') ?? before.enabled;
  const after = listen === before.listen && upstream === before.upstream ? before : await host.update(name, { listen, upstream });
  return json(200, shown(host, after.enabled === enabled ? after : await enable(host, name, enabled)));
}

/** `DELETE /proxies/{proxy}` */
export async function deleteProxy(host: ProxyHost, name: string): Promise<AdminReply> {
  await proxyOf(host, name);
  await host.remove(name);
  host.faults.of(name).cut();
  host.faults.forget(name);
  return done;
}

/** `POST /populate`: what is there as it is asked for stays, with its toxics; what differs is changed, and loses them. */
export async function populate(host: ProxyHost, body: string): Promise<AdminReply> {
  const all: RouteProxy[] = [];
  try {
    const list = parseBody(body);
    if (!Array.isArray(list)) throw badBody('a JSON list of proxies is needed');
    const wanted = list.map((value, index) => readProxy(value, ` at proxy ${index + 1}`));
    for (const proxy of wanted) all.push(await populateOne(host, proxy));
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    return json(refusal.code, { ...errorBody(refusal), proxies: all.map((proxy) => shown(host, proxy)) });
  }
  return json(201, { proxies: all.map((proxy) => shown(host, proxy)) });
}

/** `GET /proxies/{proxy}/toxics` */
export async function listToxics(host: ProxyHost, name: string): Promise<AdminReply> {
  await proxyOf(host, name);
  return json(200, ordered(host.faults.of(name)));
}

/** `POST /proxies/{proxy}/toxics` */
export async function createToxic(host: ProxyHost, name: string, body: string): Promise<AdminReply> {
  await proxyOf(host, name);
  const faults = host.faults.of(name);
  const toxic = readToxic(parseBody(body), faults.toxics);
  faults.set([...faults.toxics, toxic]);
  return json(200, toxic);
}

/** `GET`, `POST`, `PATCH` and `DELETE /proxies/{proxy}/toxics/{toxic}` */
export async function oneToxic(
  host: ProxyHost,
  method: string,
  name: string,
  toxicName: string,
  body: string,
): Promise<AdminReply> {
  await proxyOf(host, name);
  const faults = host.faults.of(name);
  const toxic = faults.find(toxicName);
  if (toxic === undefined) throw new Refusal(404, 'toxic not found');
  if (method === 'GET') return json(200, toxic);
  if (method === 'DELETE') {
    faults.set(faults.toxics.filter((other) => other !== toxic));
    return done;
  }
  const changed = changeToxic(toxic, parseBody(body));
  faults.set(faults.toxics.map((other) => (other === toxic ? changed : other)));
  return json(200, changed);
}

type Wanted = Omit<RouteProxy, 'enabled'> & { readonly enabled: boolean | undefined };

async function populateOne(host: ProxyHost, { enabled, ...wanted }: Wanted): Promise<RouteProxy> {
  const { name, listen, upstream } = wanted;
  const before = (await host.proxies()).find((proxy) => proxy.name === name);
  if (before === undefined) {
    host.faults.forget(name);
    return host.create({ ...wanted, enabled: enabled ?? true });
  }
  const after = await host.update(name, { listen, upstream });
  if (after.listen !== before.listen || after.upstream !== before.upstream) host.faults.of(name).set([]);
  return enabled === undefined || enabled === after.enabled ? after : await enable(host, name, enabled);
}

function readProxy(value: unknown, where = ''): Wanted {
  const fields = new Fields(value, 'a proxy');
  const need = (name: string) => {
    const text = fields.text(name);
    if (!text) throw new Refusal(400, `missing required field: ${name}${where}`);
    return text;
  };
  return { name: need('name'), upstream: need('upstream'), listen: fields.text('listen') ?? '', enabled: fields.flag('enabled') };
}

/** @returns the name. @throws Refusal where a route has it. */
async function free(host: ProxyHost, name: string): Promise<string> {
  if ((await host.proxies()).some((proxy) => proxy.name === name)) throw new Refusal(409, 'proxy already exists');
  return name;
}

function shown(host: ProxyHost, { name, listen, upstream, enabled }: RouteProxy): unknown {
  return { name, listen, upstream, enabled, toxics: ordered(host.faults.of(name)) };
}

/** As toxiproxy lists them: upstream first. */
function ordered({ toxics }: RouteFaults): unknown {
  const of = (stream: string) => toxics.filter((toxic) => toxic.stream === stream);
  return [...of('upstream'), ...of('downstream')];
}
