import type { AdminReply, AdminRequest } from '#shared/admin.ts';
import {
  apiVersion,
  createProxy,
  createToxic,
  deleteProxy,
  listProxies,
  listToxics,
  oneToxic,
  populate,
  resetAll,
  showProxy,
  updateProxy,
} from './proxies.ts';
import type { ProxyHost } from './proxy-host.ts';
import { errorBody, json, Refusal, refusalOf } from './refusal.ts';
import { deleteFaults, listFaults, putFaults, showFaults } from './short-form.ts';

/** The paths that {@link answer} answers, with all below them. */
export const faultPaths = ['/proxies', '/populate', '/reset', '/version', '/faults'] as const;

/**
 * Answers the REST API of toxiproxy 2.x, so that its clients work here, and our own short form below `/faults`.
 * @returns undefined for a path that is not of {@link faultPaths}.
 * @throws what the host throws that is no ProxyError.
 */
export async function answer(request: AnsweredRequest, host: ProxyHost): Promise<AdminReply | undefined> {
  const endpoint = find(request.path);
  if (endpoint === undefined) return undefined;
  try {
    refuseBrowsers(request);
    const methods = endpoint(host, request.body);
    const act = methods[request.method as Method];
    if (act !== undefined) return await act();
    const allow = Object.keys(methods).join(', ');
    if (allow === '') return json(404, errorBody(new Refusal(404, `there is no ${request.path}`)));
    return { ...json(405, errorBody(new Refusal(405, `only ${allow} is answered here`))), headers: { allow } };
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    return json(refusal.code, errorBody(refusal));
  }
}

/** What is asked of a request. */
export type AnsweredRequest = Pick<AdminRequest, 'method' | 'path' | 'headers' | 'body'>;

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type Methods = Partial<Record<Method, () => AdminReply | Promise<AdminReply>>>;
type Endpoint = (host: ProxyHost, body: string) => Methods;

/** The API has no login: a page that somebody happens to look at must not reach it through his browser. */
function refuseBrowsers({ headers }: AnsweredRequest): void {
  if (headers['user-agent']?.startsWith('Mozilla/') || headers.origin !== undefined)
    throw new Refusal(403, 'User agent not allowed');
}

function find(path: string): Endpoint | undefined {
  const [, first = '', ...rest] = path.split('/');
  if (!faultPaths.some((known) => known === `/${first}`)) return undefined;
  return (host, body) => {
    const names = rest.map(decode);
    if (first === 'proxies' && names.length > 0) return proxy(names, host, body);
    if (first === 'faults' && names.length > 0) return faults(names.join('/'), host, body);
    return names.length > 0 ? {} : whole(first, host, body);
  };
}

function whole(first: string, host: ProxyHost, body: string): Methods {
  switch (first) {
    case 'proxies':
      return { GET: () => listProxies(host), POST: () => createProxy(host, body) };
    case 'faults':
      return { GET: () => listFaults(host), DELETE: () => resetAll(host) };
    case 'populate':
      return { POST: () => populate(host, body) };
    case 'reset':
      return { POST: () => resetAll(host) };
    default:
      return { GET: () => json(200, { version: apiVersion }) };
  }
}

function faults(route: string, host: ProxyHost, body: string): Methods {
  return {
    GET: () => showFaults(host, route),
    PUT: () => putFaults(host, route, body),
    DELETE: () => deleteFaults(host, route),
  };
}

/** @param names what follows `/proxies/`. toxiproxy's clients do not encode names, so one that holds a slash is several of them. */
function proxy(names: readonly string[], host: ProxyHost, body: string): Methods {
  const toxic = names.length > 2 && names.at(-2) === 'toxics' ? names.at(-1) : undefined;
  if (toxic !== undefined) {
    const name = names.slice(0, -2).join('/');
    const act = (method: Method) => () => oneToxic(host, method, name, toxic, body);
    return { GET: act('GET'), POST: act('POST'), PATCH: act('PATCH'), DELETE: act('DELETE') };
  }
  if (names.length > 1 && names.at(-1) === 'toxics') {
    const name = names.slice(0, -1).join('/');
    return { GET: () => listToxics(host, name), POST: () => createToxic(host, name, body) };
  }
  const name = names.join('/');
  const update = () => updateProxy(host, name, body);
  return { GET: () => showProxy(host, name), POST: update, PATCH: update, DELETE: () => deleteProxy(host, name) };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new Refusal(400, `${segment} is not percent-encoded rightly`);
  }
}
