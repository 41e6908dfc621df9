import { ip6Text } from '../../../route/ip-text.ts';
import { shortAt } from '../big-endian.ts';
import { escaped } from './texts.ts';

/** Where parameters are read from. */
interface Source {
  readonly left: number;
  short(): number;
  take(length: number): Uint8Array;
}

const names: Readonly<Record<number, string>> = {
  0: 'mandatory',
  1: 'alpn',
  2: 'no-default-alpn',
  3: 'port',
  4: 'ipv4hint',
  5: 'ech',
  6: 'ipv6hint',
  7: 'dohpath',
  8: 'ohttp',
};

/** The parameters of a record of SVCB or HTTPS, as far as they are there: `alpn="h3,h2"`, `port=8443` (RFC 9460, section 2.1). */
export function serviceParameters(source: Source): string[] {
  const texts: string[] = [];
  while (source.left > 0) {
    const key = source.short();
    const value = source.take(source.short());
    const name = nameOf(key);
    const text = value.length === 0 ? '' : contentOf(key, value);
    texts.push(text === '' ? name : `${name}=${text}`);
  }
  return texts;
}

function nameOf(key: number): string {
  return names[key] ?? `key${key}`;
}

function contentOf(key: number, value: Uint8Array): string {
  const each = (size: number, text: (at: number) => string) =>
    Array.from({ length: Math.floor(value.length / size) }, (_, index) => text(index * size)).join(',');
  switch (key) {
    case 0:
      return each(2, (at) => nameOf(shortAt(value, at)));
    case 1:
      return `"${protocols(value).join(',')}"`;
    case 3:
      return each(2, (at) => String(shortAt(value, at)));
    case 4:
      return each(4, (at) => value.subarray(at, at + 4).join('.'));
    case 5:
      return Buffer.from(value).toString('base64');
    case 6:
      return each(16, (at) => ip6Text(value, at));
    default:
      return `"${escaped(value)}"`;
  }
}

/** Names with a length before each. */
function protocols(value: Uint8Array): string[] {
  const texts: string[] = [];
  for (let at = 0; at < value.length; at += 1 + (value[at] ?? 0))
    texts.push(escaped(value.subarray(at + 1, at + 1 + (value[at] ?? 0))));
  return texts;
}
