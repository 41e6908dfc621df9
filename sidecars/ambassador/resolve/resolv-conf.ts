/** What of resolv.conf(5) decides under which names something is looked up. */
export interface SearchRules {
  /** Domains that are appended, in this order. */
  readonly search: readonly string[];
  /** A name with at least so many dots is tried as it is first. */
  readonly ndots: number;
}

/** The limit of glibc. */
const maxNdots = 15;

/**
 * Reads a resolv.conf. Of `search` and `domain` lines the last one counts; what is not understood is left out, as the C library does.
 * @see resolv.conf(5)
 */
export function parseResolvConf(text: string): SearchRules {
  let search: string[] = [];
  let ndots = 1;
  for (const line of text.split('\n')) {
    const [keyword, ...words] = line
      .replace(/^[#;].*/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'search') search = words.map(withoutEndDot).filter((domain) => domain !== '');
    if (keyword === 'domain') search = words.slice(0, 1).map(withoutEndDot);
    if (keyword !== 'options') continue;
    for (const word of words) {
      const [, digits] = /^ndots:(\d+)$/.exec(word) ?? [];
      if (digits !== undefined) ndots = Math.min(Number(digits), maxNdots);
    }
  }
  return { search, ndots };
}

/**
 * The full names to look up for a name, in order: with each domain of the search list, and as it is, first or last by the number of its dots.
 * One that ends in a dot is full already. None of them ends in a dot.
 */
export function candidates(name: string, { search, ndots }: SearchRules): string[] {
  if (name.endsWith('.')) return [withoutEndDot(name)];
  const searched = search.map((domain) => `${name}.${domain}`);
  const dots = name.split('.').length - 1;
  return dots >= ndots ? [name, ...searched] : [...searched, name];
}

function withoutEndDot(name: string): string {
  return name.replace(/\.$/, '');
}
