import { Invalid, type Kind } from './kinds.ts';

/** A TCP end point; no host means every address of the machine where it is listened on. */
export interface TcpAddress {
  readonly type: 'tcp';
  readonly host: string | undefined;
  /** 0 to 65535; 0 asks the system for a free port. */
  readonly port: number;
}

/** A Unix socket by its path. */
export interface UnixAddress {
  readonly type: 'unix';
  readonly path: string;
}

/** Where a server listens, or that it does not. */
export type Listen = TcpAddress | UnixAddress | { readonly type: 'off' };

/** The other end of a connection: `redis:6379`, `[::1]:6379`, `unix:/run/app.sock`. */
export const address: Kind<TcpAddress | UnixAddress> = {
  name: 'address',
  parse: (text) => {
    const parsed = parseAddress(text);
    if (parsed.type === 'tcp' && parsed.host === undefined) throw new Invalid('names no host; write HOST:PORT');
    return parsed;
  },
  format: formatAddress,
};

/** Where to listen: `:9801`, `127.0.0.1:9801`, `[::1]:9801`, `unix:/run/app.sock` or `off`. */
export const listen: Kind<Listen> = {
  name: 'address or off',
  parse: (text) => (text === 'off' ? { type: 'off' } : parseAddress(text)),
  format: formatAddress,
};

/** Writes an address as its kind reads it. */
export function formatAddress(value: Listen): string {
  if (value.type === 'off') return 'off';
  if (value.type === 'unix') return `unix:${value.path}`;
  const host = value.host?.includes(':') ? `[${value.host}]` : (value.host ?? '');
  return `${host}:${value.port}`;
}

function parseAddress(text: string): TcpAddress | UnixAddress {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length);
    if (!path.startsWith('/')) throw new Invalid('is not a Unix socket; write unix:/absolute/path');
    // sun_path of sockaddr_un holds 108 bytes with the closing NUL (unix(7))
    if (Buffer.byteLength(path) > 107) throw new Invalid('is too long for a Unix socket: 107 bytes are the most');
    return { type: 'unix', path };
  }
  const match = /^(?:(?<host>[\w.-]+)|\[(?<v6>[0-9a-fA-F:.%]+)\])?:?(?<port>\d+)$/.exec(text);
  const bare = /^\d+$/.test(text);
  const port = Number(bare ? text : match?.groups?.port);
  if (!bare && (!match || !text.includes(`:${match.groups?.port}`)))
    throw new Invalid('is not an address, such as :9801, 127.0.0.1:9801, [::1]:9801 or unix:/path');
  if (port > 65_535) throw new Invalid('has a port above 65535');
  const host = bare ? undefined : (match?.groups?.host ?? match?.groups?.v6);
  return { type: 'tcp', host, port };
}
