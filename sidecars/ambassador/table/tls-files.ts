import { needsTls } from '../health/probes/probe.ts';
import type { RouteOptions } from '../routes/options.ts';
import type { TlsContext, TlsContexts } from '../tls/contexts.ts';
import { filesForBackends, filesForClients } from '../tls/credentials.ts';

/**
 * What TLS towards the backends of a route is made of, for its connections and its checks; undefined where there is none.
 * @param dry whether the files of the route, those for its clients included, are only read to find out whether they are right.
 * @throws Error saying which file is wrong, and how.
 */
export async function contextsOf(contexts: TlsContexts, options: RouteOptions, dry: boolean): Promise<TlsContext | undefined> {
  if (dry) {
    const forClients = filesForClients(options);
    if (forClients !== undefined) (await contexts.open(forClients)).close();
  }
  // a check may speak TLS where the connections do not
  const files = needsTls(options) ? filesForBackends({ ...options, tlsOut: true }) : undefined;
  const context = files && (await contexts.open(files));
  if (dry) context?.close();
  return dry ? undefined : context;
}
