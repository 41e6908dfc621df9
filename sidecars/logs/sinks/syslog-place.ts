import { Exit, exitCode } from '#shared/exit.ts';

/** How syslog messages travel, each with the port that is its own (RFC 5426, RFC 6587, RFC 5425). */
const ports = { udp: 514, tcp: 601, tls: 6514 } as const;

/** Where a syslog receiver is. */
export interface SyslogPlace {
  readonly transport: keyof typeof ports;
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** `syslog+tcp://host:601` */
  readonly name: string;
}

/** Reads `syslog+udp://HOST[:PORT]`, `syslog+tcp://…` or `syslog+tls://…`. @throws Exit where it says something else. */
export function syslogPlace(url: URL): SyslogPlace {
  const transport = url.protocol.slice('syslog+'.length, -1) as SyslogPlace['transport'];
  const rest = url.pathname.replace(/^\/$/, '') + url.search + url.hash + url.username + url.password;
  if (url.hostname === '' || rest !== '') {
    const form = `syslog+${transport}://HOST:${ports[transport]}`;
    throw new Exit(exitCode.settings, `LOGS_TO=${url.href} has to be a host and a port alone; write ${form}`);
  }
  const port = url.port === '' ? ports[transport] : Number(url.port);
  return {
    transport,
    host: url.hostname.replaceAll(/^\[|\]$/g, ''),
    port,
    name: `syslog+${transport}://${url.hostname}:${port}`,
  };
}
