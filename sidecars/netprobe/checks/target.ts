import { isIP, isIPv6 } from 'node:net';
import { Invalid, type Kind } from '#shared/config/kinds.ts';
import { isRecordType, type RecordType, recordTypes } from './names/record-types.ts';

/** What is asked, and how. Each has the text that it was written as, under which it is known everywhere. */
export type CheckTarget =
  | {
      readonly type: 'tcp' | 'tls';
      /** A name, an address without brackets, or {@link gatewayHost}. */
      readonly host: string;
      readonly port: number;
      readonly text: string;
    }
  | {
      readonly type: 'http' | 'https';
      readonly host: string;
      readonly port: number;
      /** What is requested: path and query, as they are sent. */
      readonly path: string;
      readonly text: string;
    }
  | {
      readonly type: 'dns';
      readonly name: string;
      readonly record: RecordType;
      /** Who is asked; undefined for the name servers of resolv.conf. */
      readonly server: { readonly host: string; readonly port: number } | undefined;
      readonly text: string;
    }
  | { readonly type: 'icmp'; readonly host: string; readonly text: string };

/** The host that stands for the router of the default route. */
export const gatewayHost = 'gateway';

const examples = {
  tcp: 'tcp://redis:6379',
  tls: 'tls://api:443',
  http: 'http://api:8080/health',
  https: 'https://api/health',
  dns: 'dns://redis, dns://redis@10.0.0.53 or dns://redis?type=AAAA',
  icmp: 'icmp://gateway',
} as const;

type Scheme = keyof typeof examples;

/** A target of a check, as a URL. */
export const checkTarget: Kind<CheckTarget> = {
  name: 'check URL',
  parse: (text) => {
    const [, scheme = '', rest = ''] = /^([a-z]+):\/\/(.*)$/i.exec(text) ?? [];
    const known = scheme.toLowerCase();
    if (known === '') throw new Invalid(`is not a URL of a check, such as ${examples.tcp}, ${examples.http} or ${examples.icmp}`);
    if (!isScheme(known))
      throw new Invalid(
        `has an unknown scheme; known are ${Object.keys(examples)
          .map((name) => `${name}:`)
          .join(', ')}`,
      );
    if (/[^\x21-\x7e]/.test(rest))
      throw new Invalid('holds blanks or characters beyond ASCII; write them as %20, and names in their xn-- form');
    return known === 'dns' ? dns(text, rest) : other(known, text, rest);
  },
  format: ({ text }) => text,
};

function isScheme(word: string): word is Scheme {
  return Object.hasOwn(examples, word);
}

function other(type: Exclude<Scheme, 'dns'>, text: string, rest: string): CheckTarget {
  const [authority = '', tail] = split(rest, /[/?#]/);
  const example = examples[type];
  if (authority.includes('@')) throw new Invalid(`holds a user or a password, which would be seen in metrics; write ${example}`);
  const { host, port } = hostAndPort(authority, example);
  if (type === 'http' || type === 'https') {
    if (tail.includes('#')) throw new Invalid(`holds a #, which is never sent; write ${example}`);
    const path = tail.startsWith('/') ? tail : `/${tail}`;
    return { type, host, port: port ?? (type === 'http' ? 80 : 443), path, text };
  }
  if (tail !== '' && tail !== '/') throw new Invalid(`has a path, which ${type} does not know; write ${example}`);
  if (type === 'icmp') {
    if (port !== undefined) throw new Invalid(`has a port, which icmp does not know; write ${example}`);
    return { type, host, text };
  }
  if (port === undefined) throw new Invalid(`names no port; write ${example}`);
  return { type, host, port, text };
}

function dns(text: string, rest: string): CheckTarget {
  const [body = '', query] = split(rest, /\?/);
  const example = examples.dns;
  const at = body.lastIndexOf('@');
  const name = at < 0 ? body.replace(/\/$/, '') : body.slice(0, at);
  const where = at < 0 ? undefined : body.slice(at + 1).replace(/\/$/, '');
  if (name === '') throw new Invalid(`names nothing to look up; write ${example}`);
  if (!isName(name)) throw new Invalid(`asks for what is no host name; write ${example}`);
  const record = recordOf(query);
  if (where === undefined) return { type: 'dns', name, record, server: undefined, text };
  const { host, port = 53 } = hostAndPort(where, example);
  return { type: 'dns', name, record, server: { host, port }, text };
}

function recordOf(query: string): RecordType {
  if (query === '') return 'A';
  const [, given = ''] = /^\?type=(\w+)$/.exec(query) ?? [];
  const record = given.toUpperCase();
  if (!isRecordType(record)) throw new Invalid(`has a query that is not ?type= and one of ${recordTypes.join(', ')}`);
  return record;
}

/** The part before the first character that fits, and what begins with it. */
function split(text: string, at: RegExp): [before: string, from: string] {
  const index = text.search(at);
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index)];
}

function hostAndPort(authority: string, example: string): { host: string; port?: number } {
  const match = /^(?:\[(?<v6>[^\]]*)\]|(?<name>[^:[\]]*))(?::(?<port>\d*))?$/.exec(authority);
  const { v6, name, port: digits } = match?.groups ?? {};
  if (match === null) {
    const bare = isIPv6(authority) ? `; an IPv6 address needs brackets: [${authority}]` : '';
    throw new Invalid(`has no HOST or HOST:PORT behind the ://; write ${example}${bare}`);
  }
  const host = v6 ?? name ?? '';
  if (v6 !== undefined && !isIPv6(v6)) throw new Invalid(`has something in brackets that is no IPv6 address; write ${example}`);
  if (host === '') throw new Invalid(`names no host; write ${example}`);
  if (v6 === undefined && !isName(host)) throw new Invalid(`has a host that is neither a name nor an address; write ${example}`);
  if (digits === undefined) return { host };
  const port = Number(digits);
  if (digits === '' || port < 1 || port > 65_535)
    throw new Invalid(`has a port that is not between 1 and 65535; write ${example}`);
  return { host, port };
}

/** Whether it can be asked for: labels of up to 63 characters, 253 in all (RFC 1035, section 2.3.4); services have underscores. */
function isName(text: string): boolean {
  if (isIP(text) === 4) return true;
  // what is all digits at its end is meant as an address, and is none
  if (/(^|\.)\d+\.?$/.test(text) && text.includes('.')) return false;
  return text.length <= 254 && /^(?:[\w-]{1,63}\.)*[\w-]{1,63}\.?$/.test(text);
}
