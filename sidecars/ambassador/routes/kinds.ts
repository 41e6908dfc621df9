import { isIP } from 'node:net';
import { Invalid, type Kind } from '#shared/config/kinds.ts';
import { parseHost } from './host.ts';

/** What a route is called in labels, logs and paths of the API. */
export const routeName: Kind<string> = {
  name: 'name',
  parse: (text) => {
    if (/\p{Cc}|^\s|\s$/u.test(text) || text === '' || text.length > 100)
      throw new Invalid('is no name: 1 to 100 characters, no control characters, no blank at its ends');
    return text;
  },
  format: String,
};

/** A host name that TLS is spoken for, or `*.DOMAIN` for every name with one label more (RFC 6066, section 3; RFC 6125, section 6.4.3). */
export const serverPattern: Kind<string> = {
  name: 'host name or *.DOMAIN',
  parse: (text) => {
    const domain = text.startsWith('*.') ? text.slice(2) : text;
    if (isIP(domain)) throw new Invalid('is an address; clients send a server name only where they connect by a name');
    return (domain === text ? '' : '*.') + parseHost(domain).replace(/\.$/, '');
  },
  format: String,
};

/** A name or an address that a certificate is for. */
export const serverName: Kind<string> = {
  name: 'host name',
  parse: (text) => parseHost(text).replace(/\.$/, ''),
  format: String,
};

/** Permissions of a file in octal, `0660`; the value is that text. */
export const mode: Kind<string> = {
  name: 'octal mode',
  parse: (text) => {
    if (!/^0?[0-7]{3}$/.test(text)) throw new Invalid('is no mode; write three digits from 0 to 7, such as 0660');
    return text.padStart(4, '0');
  },
  format: String,
};
