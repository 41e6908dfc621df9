import type { Application } from '../decode/packet.ts';
import { dnsLine } from './dns-line.ts';
import { printable } from './printable.ts';

/**
 * What an application says, as it stands behind the length of TCP: `: HTTP: GET /x HTTP/1.1`. It is safe to show.
 * @param length of the payload, in bytes.
 */
export function applicationLine(application: Application | undefined, length: number, verbose: boolean): string {
  switch (application?.type) {
    case undefined:
      return '';
    case 'dns':
      return ` ${printable(dnsLine(application, Math.max(0, length - 2), verbose))}`;
    case 'http-request': {
      const { method, target, version, host } = application;
      const whom = verbose && host !== undefined ? `, host ${host}` : '';
      return printable(`: HTTP: ${method} ${target}${version === '' ? '' : ` HTTP/${version}`}${whom}`);
    }
    case 'http-response':
      return printable(`: HTTP: HTTP/${application.version} ${application.status} ${application.reason}`).trimEnd();
    case 'tls': {
      const { message, version, serverName, alpn } = application;
      const name = serverName === undefined ? '' : `, SNI ${serverName}`;
      return printable(
        `: TLS: ${message}${version === undefined ? '' : `, version ${version}`}${name}${alpn.length === 0 ? '' : `, ALPN ${alpn.join(',')}`}`,
      );
    }
    case 'redis':
      return printable(`: Redis: ${application.messages.join(', ')}`);
    case 'postgres':
      return printable(`: PostgreSQL: ${application.messages.join(', ')}`);
  }
}
