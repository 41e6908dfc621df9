/** One address that connections are carried to, with every name resolved. */
export type Endpoint = TcpEndpoint | UnixEndpoint;

/** An IP address and a port. */
export interface TcpEndpoint {
  readonly type: 'tcp';
  readonly address: string;
  readonly family: 4 | 6;
  readonly port: number;
  /** The host name it was resolved from, for TLS; the address itself where there was no name. */
  readonly host: string;
}

/** A Unix socket. */
export interface UnixEndpoint {
  readonly type: 'unix';
  readonly path: string;
}

/** `10.0.0.2:6379`, `[fd00::2]:6379`, `unix:/run/app.sock`: the identity of an endpoint, and its label in metrics. */
export function endpointKey(endpoint: Endpoint): string {
  if (endpoint.type === 'unix') return `unix:${endpoint.path}`;
  return endpoint.family === 6 ? `[${endpoint.address}]:${endpoint.port}` : `${endpoint.address}:${endpoint.port}`;
}
