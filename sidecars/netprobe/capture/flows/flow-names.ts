import type { Application } from '../decode/packet.ts';

/** What a conversation is about, by the last name that was seen. */
export interface FlowApplication {
  /** `tls`, `http`, `dns`, `redis`, `postgres`. */
  readonly protocol: string;
  /** The server's name of TLS, the host of HTTP, what DNS is asked for; undefined where none was seen. */
  readonly name: string | undefined;
}

/** What a conversation is about from now on. @param known what was known before: a name holds until there is another one */
export function flowApplication(known: FlowApplication | undefined, seen: Application): FlowApplication {
  const protocol = seen.type === 'http-request' || seen.type === 'http-response' ? 'http' : seen.type;
  if (known?.protocol === protocol && (seen.type === 'redis' || seen.type === 'postgres')) return known;
  const name = nameIn(seen) ?? (known?.protocol === protocol ? known.name : undefined);
  // of the same as before there is no second one
  return known?.protocol === protocol && known.name === name ? known : { protocol, name };
}

function nameIn(seen: Application): string | undefined {
  switch (seen.type) {
    case 'dns':
      return seen.questions[0] && `${seen.questions[0].name} ${seen.questions[0].type}`;
    case 'http-request':
      return seen.host;
    case 'tls':
      return seen.serverName;
    default:
      return undefined;
  }
}
