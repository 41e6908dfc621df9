import type { Server } from './server.ts';

/** The database that is saved. */
export const database = 'bench';

/** How many rows its tables have. */
export interface Size {
  readonly accounts: number;
  readonly documents: number;
  readonly history: number;
}

/** `whole` has some 500 MB on the server, and 330 MB as SQL. */
export const sizes = {
  large: { accounts: 10_800_000, documents: 660_000, history: 7_200_000 },
  whole: { accounts: 1_800_000, documents: 110_000, history: 1_200_000 },
  small: { accounts: 220_000, documents: 14_000, history: 150_000 },
  quick: { accounts: 14_000, documents: 900, history: 9000 },
} as const satisfies Record<string, Size>;

/** What was made. */
export interface Corpus {
  /** On the server, with its indexes. */
  readonly bytes: number;
  /** Of its rows and tables as SQL. */
  readonly sqlBytes: number;
  /** What any copy of it has too, whatever the order of rows. */
  readonly fingerprint: string;
}

/**
 * Makes the database as a shop might have it: accounts as pgbench has them, documents of text and jsonb, and a history of many small rows.
 * @param seed from 0 to 1; the same seed and size give the same rows in the same order.
 */
export async function makeCorpus(server: Server, name: string, size: Size, seed: number): Promise<void> {
  await server.sql('postgres', `create database ${name} template template0`);
  await server.sql(
    name,
    `select setseed(${seed})`,
    tables,
    accounts(size),
    documents(size),
    history(size),
    indexes,
    'vacuum (analyze)',
  );
}

/** Measures it, as pg_dump sees it; all of it is read, so that nobody is the first who does. @throws Error */
export async function lookAt(server: Server, name: string): Promise<Corpus> {
  const bytes = Number(await server.sql('postgres', `select pg_database_size('${name}')`));
  const sqlBytes = Number(await server.shell(`pg_dump ${name} | wc -c`));
  return { bytes, sqlBytes, fingerprint: await fingerprint(server, name) };
}

/** Rows and their checksum of each table, and how many indexes and constraints there are. */
export function fingerprint(server: Server, name: string): Promise<string> {
  const each = ['accounts', 'documents', 'history'].map(
    (table) => `select '${table}', count(*), sum(hashtextextended(x::text, 0)) from ${table} x`,
  );
  const others = `select 'others', (select count(*) from pg_index where indrelid >= 16384), sum(hashtextextended(conname, 0))
    from pg_constraint where conrelid >= 16384 and contype <> 'n'`;
  return server.sql(name, `${[...each, others].join(' union all ')} order by 1`);
}

const tables = `
  create table accounts (aid integer not null, bid integer not null, balance integer not null, filler char(84) not null);
  create table documents (
    id bigint not null, author integer not null, title text not null, body text not null, attributes jsonb not null,
    created timestamptz not null, archived boolean not null
  );
  create table history (
    id bigint not null, aid integer not null, teller integer not null, delta integer not null, at timestamptz not null, note text
  );`;

const indexes = `
  alter table accounts add primary key (aid);
  alter table documents add primary key (id);
  alter table history add primary key (id);
  create index on documents (author, created);
  create index on history (aid);
  alter table history add foreign key (aid) references accounts;`;

function accounts(size: Size): string {
  return `insert into accounts select n, (n - 1) / 100000 + 1, floor(random() * 10000) - 5000, '' from generate_series(1, ${size.accounts}) n`;
}

/** Texts are of phrases, these of words, and these of syllables; some are much more frequent than others. */
function documents(size: Size): string {
  return `
  do $$
  declare
    syllables constant text[] := '{ka,lo,mi,ter,an,des,ru,ven,sol,bri,um,ge,for,ing,tas,el,no,qua}';
    languages constant text[] := '{en,en,en,de,fr,es,ja}';
    words text[];
    phrases text[];
    made text;
  begin
    for n in 1..4000 loop
      made := '';
      for k in 0..floor(random() * 3)::int loop made := made || syllables[1 + floor(random() * 18)::int]; end loop;
      words[n] := made;
    end loop;
    for n in 1..8000 loop
      made := words[1 + floor(random() ^ 3 * 4000)::int];
      for k in 1..2 + floor(random() * 3)::int loop made := made || ' ' || words[1 + floor(random() ^ 3 * 4000)::int]; end loop;
      phrases[n] := made;
    end loop;
    for n in 1..${size.documents} loop
      made := '';
      for k in 1..10 + floor(random() * 36)::int loop made := made || phrases[1 + floor(random() ^ 4 * 8000)::int] || '. '; end loop;
      insert into documents values (
        n, floor(random() ^ 2 * 5000), phrases[1 + floor(random() * 8000)::int], made,
        jsonb_build_object(
          'language', languages[1 + floor(random() * 7)::int], 'views', floor(random() ^ 4 * 100000), 'token', md5(random()::text),
          'tags', jsonb_build_array(words[1 + floor(random() ^ 3 * 4000)::int], words[1 + floor(random() ^ 3 * 4000)::int])
        ),
        timestamptz '2026-01-02 00:00:00Z' + n * interval '53 seconds', random() < 0.1
      );
    end loop;
  end $$`;
}

function history(size: Size): string {
  return `
  insert into history
  select n, 1 + floor(random() ^ 4 * ${size.accounts}), 1 + floor(random() ^ 2 * 50), floor(random() ^ 2 * 100) * 50,
    timestamptz '2026-01-02 00:00:00Z' + n * interval '700 milliseconds', case when random() < 0.2 then 'refund' end
  from generate_series(1, ${size.history}) n`;
}
