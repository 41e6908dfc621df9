/** An entry of an archive's table of contents, as `pg_restore --list --verbose` writes it. */
export interface ContentsEntry {
  readonly id: number;
  /** `TABLE`, `TABLE DATA`, `INDEX`… */
  readonly type: string;
  /** What follows: the schema, the name and the owner. */
  readonly rest: string;
  /** The line itself, from which pg_restore knows the entry again. */
  readonly line: string;
  /** The entries that it needs. */
  readonly needs: readonly number[];
}

/** What a table is, and what of it may be chosen by name. */
const relations = ['TABLE', 'VIEW', 'MATERIALIZED VIEW', 'FOREIGN TABLE'];
/** What belongs to a table, and comes with it. */
const belonging = [
  'TABLE DATA',
  'MATERIALIZED VIEW DATA',
  'TABLE ATTACH',
  'INDEX',
  'INDEX ATTACH',
  'CONSTRAINT',
  'CHECK CONSTRAINT',
  'DEFAULT',
  'SEQUENCE OWNED BY',
  'SEQUENCE SET',
  'TRIGGER',
  'RULE',
  'POLICY',
  'ROW SECURITY',
  'STATISTICS',
  'STATISTICS DATA',
  'COMMENT',
  'ACL',
];
const types = [
  ...relations,
  ...belonging,
  'FK CONSTRAINT',
  'SEQUENCE',
  'SCHEMA',
  'EXTENSION',
  'TYPE',
  'DOMAIN',
  'FUNCTION',
  'COLLATION',
].toSorted((a, b) => b.length - a.length);

/** Reads a table of contents. */
export function readContents(list: string): ContentsEntry[] {
  const entries: (ContentsEntry & { needs: number[] })[] = [];
  for (const line of list.split('\n')) {
    const [, id, told] = /^(\d+); \d+ \d+ (.*)$/.exec(line) ?? [];
    if (id !== undefined && told !== undefined) {
      const type = types.find((candidate) => told.startsWith(`${candidate} `)) ?? told.split(' ')[0] ?? '';
      entries.push({ id: Number(id), type, rest: told.slice(type.length + 1), line, needs: [] });
    }
    const [, needs] = /^;\s+depends on: ([\d ]+)$/.exec(line) ?? [];
    entries.at(-1)?.needs.push(...(needs?.split(' ').map(Number) ?? []));
  }
  return entries;
}

/**
 * Chooses tables with all that belongs to them: their parts, rows, indexes, constraints, triggers, and the sequences that they own. A foreign key
 * comes only with both of its tables.
 * @param names `schema.table` or `table`.
 * @param withNeeds also what they need and is none of them, such as types and schemas: for a database that has nothing yet.
 * @returns the lines to restore, in the order of the archive; and the names that no table has.
 */
export function chooseEntries(
  entries: readonly ContentsEntry[],
  names: readonly string[],
  withNeeds: boolean,
): { readonly lines: readonly string[]; readonly missing: readonly string[] } {
  const known = new Map(entries.map((entry) => [entry.id, entry]));
  const chosen = new Set<number>();
  const missing = names.filter((name) => {
    const found = entries.filter(({ type, rest }) => relations.includes(type) && isNamed(rest, name));
    for (const { id } of found) chosen.add(id);
    return found.length === 0;
  });
  // the sequence of a serial column is needed by the default that belongs to the table
  const grow = (wanted: (entry: ContentsEntry) => boolean) => {
    for (let before = -1; before !== chosen.size; ) {
      before = chosen.size;
      for (const entry of entries) if (!chosen.has(entry.id) && wanted(entry)) chosen.add(entry.id);
    }
  };
  // a table in parts has its rows in them
  const partOf = (attach: ContentsEntry) => entries.find(({ type, rest }) => type === 'TABLE' && rest === attach.rest);
  const parts = entries.flatMap((attach) => (attach.type === 'TABLE ATTACH' ? [[attach, partOf(attach)] as const] : []));
  grow((entry) => parts.some(([{ needs }, part]) => part === entry && needs.some((id) => id !== part.id && chosen.has(id))));
  const needed = () => new Set([...chosen].flatMap((id) => known.get(id)?.needs ?? []));
  const belongs = (entry: ContentsEntry) => belonging.includes(entry.type) && entry.needs.some((id) => chosen.has(id));
  grow(belongs);
  const sequences = needed();
  for (const { id, type } of entries) if (type === 'SEQUENCE' && sequences.has(id)) chosen.add(id);
  grow(belongs);
  if (withNeeds)
    for (let before = -1; before !== chosen.size; ) {
      before = chosen.size;
      for (const id of needed()) if (known.has(id)) chosen.add(id);
    }
  grow((entry) => entry.type === 'SEQUENCE SET' && entry.needs.some((id) => chosen.has(id)));
  grow((entry) => entry.type === 'FK CONSTRAINT' && entry.needs.every((id) => chosen.has(id) || !known.has(id)));
  return { lines: entries.filter(({ id }) => chosen.has(id)).map(({ line }) => line), missing };
}

/** Whether an entry of that schema, name and owner is meant. */
function isNamed(rest: string, name: string): boolean {
  const [schema, ...others] = rest.split(' ');
  const table = others.slice(0, -1).join(' ');
  return name === table || name === `${schema}.${table}`;
}
