import { DatabaseError } from '../failure.ts';
import { quoted } from './literal.ts';

/** A quoted name: what was made under ANSI_QUOTES is written so. */
const name = '(?:`(?:[^`]|``)*`|"(?:[^"]|"")*")';
/** What may be between two words of what somebody has written. */
const gap = String.raw`(?:\s|\/\*[\s\S]*?\*\/|--\s[^\n]*\n|#[^\n]*\n)+`;
const definer = new RegExp(`^([^\`"]*?)DEFINER=${name}(?:@${name})? ?`);
const word = String.raw`(?:${name}|[\w$\u0080-\uffff]+)`;
const created: readonly (readonly [string, RegExp])[] = [
  ['TABLE', new RegExp(`^CREATE TABLE (${name})`)],
  ['SEQUENCE', new RegExp(`^CREATE SEQUENCE (${name})`)],
  ['VIEW', new RegExp(`^\\/\\*!\\d+ CREATE (?:VIEW|TABLE) (${name})`)],
  ['PROCEDURE', new RegExp(`^CREATE [^\`"]*?(?:DEFINER=${name}(?:@${name})? ?)?PROCEDURE (${name})`)],
  ['FUNCTION', new RegExp(`^CREATE [^\`"]*?(?:DEFINER=${name}(?:@${name})? ?)?(?:AGGREGATE )?FUNCTION (${name})`)],
  ['EVENT', new RegExp(`^\\/\\*!\\d+ CREATE\\*\\/ [\\s\\S]*?EVENT (${name})`)],
];
const trigger = new RegExp(
  `^(\\/\\*!\\d+ CREATE(?: OR REPLACE)?\\*\\/ (?:\\/\\*!\\d+ (?:DEFINER=${name}(?:@${name})?)?\\*\\/ )?\\/\\*!\\d+ trigger${gap}(?:if${gap}not${gap}exists${gap})?)` +
    `(?:(${word})\\s*\\.\\s*)?(${word})(${gap}(?:before|after)${gap}(?:(?!${gap}on${gap})[\\s\\S]){1,200}?${gap}on${gap})(?:(${word})\\s*\\.\\s*)?(${word})`,
  'i',
);

/** Whether a statement makes something. */
export function creates(sql: string): boolean {
  return /^(?:\/\*!\d+ )?CREATE\b/.test(sql);
}

/** A statement without the account that what it makes belongs to: it belongs to who runs it. */
export function withoutDefiner(sql: string): string {
  return sql.replace(definer, '$1');
}

/**
 * A CREATE TRIGGER without the database, which somebody may have written before the trigger's name or the table's: a dump has the words as they
 * were, and would make the trigger there instead of where it is restored to.
 * @throws DatabaseError where it is not understood: it may be about another database.
 */
export function unqualified(sql: string): string {
  if (!/^\/\*!\d+ CREATE(?: OR REPLACE)?\*\/ (?:\/\*!\d+ [^*]*\*\/ )?\/\*!\d+ trigger/i.test(sql)) return sql;
  const match = trigger.exec(sql);
  if (match === null) throw new DatabaseError('other', `a trigger is not understood, and not made: ${sql.slice(0, 200)}`);
  const [whole, before = '', , named = '', between = '', , table = ''] = match;
  return `${before}${named}${between}${table}${sql.slice(whole.length)}`;
}

/** What has to be dropped before a statement can make it, as a statement without its delimiter; undefined where that is nothing. */
export function dropFor(sql: string): string | undefined {
  const [, , , named] = trigger.exec(sql) ?? [];
  if (named !== undefined) return `DROP TRIGGER IF EXISTS ${named}`;
  for (const [kind, form] of created) {
    const [, found] = form.exec(sql) ?? [];
    if (found !== undefined) return `DROP ${kind} IF EXISTS ${found}`;
  }
  return undefined;
}

/** A CREATE TABLE without foreign keys to other databases: what is only looked at must not hold fast the rows of others. */
export function withoutForeignDatabases(sql: string): string {
  if (!sql.startsWith('CREATE TABLE ')) return sql;
  const outward = new RegExp(`^ *CONSTRAINT .* FOREIGN KEY \\(.*\\) REFERENCES ${name}\\.${name} \\(`);
  const lines = sql.split('\n');
  const kept = lines.filter((line) => !outward.test(line));
  return kept.length === lines.length ? sql : kept.join('\n').replace(/,(\n\))/, '$1');
}

/** A CREATE TABLE whose defaults come from the sequences that are restored with it, and not from those of the database that was dumped. */
export function withOwnSequences(sql: string, database: string): string {
  if (!sql.startsWith('CREATE TABLE ')) return sql;
  return sql.replaceAll(`DEFAULT nextval(${quoted(database)}.`, 'DEFAULT nextval(');
}
