import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { codeOf } from '#shared/exit.ts';

/** What of resolv.conf(5) decides who is asked, and for which names. */
export interface ResolvConf {
  /** Addresses of name servers, in the order in which they are asked. */
  readonly servers: readonly string[];
  /** Domains that are appended, in this order. */
  readonly search: readonly string[];
  /** A name with at least so many dots is tried as it is first. */
  readonly ndots: number;
}

/** The limits of glibc: MAXNS and RES_MAXNDOTS in resolv.h. */
const most = { servers: 3, ndots: 15 } as const;

/**
 * Reads a resolv.conf. Of `search` and `domain` lines the last one counts; what is not understood is left out, as the C library does. Without a
 * name server it is the one of this host.
 * @see resolv.conf(5)
 */
export function parseResolvConf(text: string): ResolvConf {
  const servers: string[] = [];
  let search: string[] = [];
  let ndots = 1;
  for (const line of text.split('\n')) {
    const [keyword, ...words] = line
      .replace(/^[#;].*/, '')
      .trim()
      .split(/\s+/);
    const [first = ''] = words;
    if (keyword === 'nameserver' && isIP(first) !== 0) servers.push(first);
    if (keyword === 'search') search = words.map(withoutEndDot).filter((domain) => domain !== '');
    if (keyword === 'domain') search = words.slice(0, 1).map(withoutEndDot);
    if (keyword !== 'options') continue;
    for (const word of words) {
      const [, digits] = /^ndots:(\d+)$/.exec(word) ?? [];
      if (digits !== undefined) ndots = Math.min(Number(digits), most.ndots);
    }
  }
  return { servers: servers.length === 0 ? ['127.0.0.1'] : servers.slice(0, most.servers), search, ndots };
}

/**
 * The full names to look up for a name, in order: with each domain of the search list, and as it is, first or last by the number of its dots.
 * One that ends in a dot is full already. None of them ends in a dot.
 */
export function candidates(name: string, { search, ndots }: Pick<ResolvConf, 'search' | 'ndots'>): string[] {
  if (name.endsWith('.')) return [withoutEndDot(name)];
  const searched = search.map((domain) => `${name}.${domain}`);
  const dots = name.split('.').length - 1;
  return dots >= ndots ? [name, ...searched] : [...searched, name];
}

/** The resolv.conf as it is now: it may change while we run. */
export async function readResolvConf(): Promise<ResolvConf> {
  return parseResolvConf(await textOf('/etc/resolv.conf'));
}

/** A file's text; nothing where there is none, which the C library takes as empty. */
export async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
}

function withoutEndDot(name: string): string {
  return name.replace(/\.$/, '');
}
