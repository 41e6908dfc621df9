import type { RouteOptions } from '../../routes/options.ts';
import type { TlsContext, TlsContexts } from '../../tls/contexts.ts';
import { filesForBackends, filesForClients } from '../../tls/credentials.ts';
import { TlsTermination } from '../../tls/terminate.ts';

/** The TLS of one route. */
export class RouteTls {
  /** Ends the TLS of clients; undefined where the route ends none. */
  readonly termination: TlsTermination | undefined;
  /** For TLS towards backends; undefined where the route speaks none. */
  readonly backends: TlsContext | undefined;
  readonly #clients: TlsContext | undefined;
  readonly #files: string;

  private constructor(files: string, clients: TlsContext | undefined, backends: TlsContext | undefined) {
    this.#files = files;
    this.#clients = clients;
    this.termination = clients && new TlsTermination(clients);
    this.backends = backends;
  }

  /**
   * Reads what the route needs; a route without TLS has one too, which is empty.
   * @throws Error saying which file is wrong, and how.
   */
  static async open(contexts: TlsContexts, options: RouteOptions): Promise<RouteTls> {
    const forClients = filesForClients(options);
    const forBackends = filesForBackends(options);
    const clients = forClients && (await contexts.open(forClients));
    try {
      return new RouteTls(filesOf(options), clients, forBackends && (await contexts.open(forBackends)));
    } catch (error) {
      clients?.close();
      throw error;
    }
  }

  /** Whether it is made of the files that these options name. */
  fits(options: RouteOptions): boolean {
    return this.#files === filesOf(options);
  }

  /** Looks after its files no more. What began with them goes on. */
  close(): void {
    this.#clients?.close();
    this.backends?.close();
  }
}

function filesOf(options: RouteOptions): string {
  return JSON.stringify([filesForClients(options) ?? null, filesForBackends(options) ?? null]);
}
