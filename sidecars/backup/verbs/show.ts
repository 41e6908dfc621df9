import { Exit, exitCode } from '#shared/exit.ts';
import { find } from '../archive/listing.ts';
import type { BackupLife } from '../backup.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Manifest } from '../catalog/manifest.ts';
import { decryptionOf } from '../keys.ts';
import { findBackup } from '../reading/choose.ts';
import { plainOf } from '../reading/plain.ts';
import { amountOfBytes, amountOfTime } from '../report/amounts.ts';
import { readIndex } from '../sources/index-reader.ts';
import { stateOf } from './list.ts';
import { print, withCatalogs } from './opened.ts';

/** What `backup show` is asked for. */
export interface ShowOptions {
  readonly words: readonly string[];
  readonly files: boolean;
  readonly json: boolean;
}

/** `backup show`: the manifest of a backup, and every name in it; or the content of one file. */
export async function show(life: BackupLife, { words, files, json }: ShowOptions): Promise<void> {
  await withCatalogs(life, async (catalogs) => {
    const { catalog, backup } = await findBackup(catalogs, words[0], (message) => life.log.warn(message));
    const [, path] = words;
    if (path !== undefined) return showFile(life, catalog, backup, Buffer.from(path.replace(/^\/+/, '')));
    await print(json ? `${JSON.stringify(backup)}\n` : describe(backup));
    if (!files) return;
    let lines = '';
    for await (const { name, type, size, mode, mtimeNs, stored } of readIndex(
      plainOf(catalog, backup, backup.index, decryptionOf(life.settings)),
    )) {
      const modified = new Date(Number(mtimeNs / 1_000_000n)).toISOString();
      lines += json
        ? `${JSON.stringify({ path: `/${name}`, type, size, mode: mode.toString(8), modified, stored })}\n`
        : `${type.padEnd(9)}  ${String(size).padStart(12)}  ${modified}  /${name}\n`;
      if (lines.length < 65_536) continue;
      await print(lines);
      lines = '';
    }
    await print(lines);
  });
}

/** Finds a file by the index, and reads the archive up to it. @throws Exit where there is none of that name. */
async function showFile({ settings }: BackupLife, catalog: Catalog, backup: Manifest, name: Buffer): Promise<void> {
  const key = decryptionOf(settings);
  const missing = new Exit(exitCode.failed, `${backup.id} has no file /${name}; show ${backup.id} --files lists what it has`);
  for await (const record of readIndex(plainOf(catalog, backup, backup.index, key))) {
    if (!record.name.equals(name)) continue;
    if (record.type !== 'file' && record.type !== 'hardlink') throw missing;
    const from = record.stored === 'parent' && backup.parent !== null ? await catalog.one(backup.parent) : backup;
    const file = record.type === 'hardlink' ? (record.target ?? name) : name;
    const write = (skip: number) =>
      find(
        plainOf(catalog, from, from.archive, key),
        file,
        async ({ content }) => {
          for await (const chunk of content()) await print(chunk);
        },
        skip,
      );
    // of what changed while it was read the later entry counts, unless it had vanished by then
    if ((record.again && (await write(1))) || (await write(0))) return;
  }
  throw missing;
}

function describe(backup: Manifest): string {
  const { id, kind, parent, started, finished, host, sources, archive, index, encryption, counts, bytes, changed, unreadable } =
    backup;
  const took = amountOfTime(Date.parse(finished) - Date.parse(started));
  const rows = [
    ['id', id],
    ['kind', parent === null ? kind : `${kind}, since ${parent}`],
    ['state', stateOf(backup)],
    ['begun', `${started} on ${host}, took ${took}`],
    ['sources', sources.join(', ')],
    ['content', `${counts.files} files with ${amountOfBytes(bytes.total)}, ${counts.directories} folders, ${counts.links} links`],
    [
      'stored',
      `${counts.stored} of them, as ${amountOfBytes(archive.storedBytes)} in ${archive.file} (SHA-256 ${archive.storedSha256})`,
    ],
    ['index', `${amountOfBytes(index.storedBytes)} in ${index.file}`],
    ...backup.databases.map(({ source, bytes, dump, counts, server, tool, checksums }) => [
      'database',
      `${source} of ${server}: ${counts.tables} tables with ${counts.rows} rows, ${amountOfBytes(bytes)}${checksums ? ', checksums taken' : ''}; ${amountOfBytes(dump.storedBytes)} in ${dump.file} by ${tool}`,
    ]),
    ...backup.globals.map(({ server, sql }) => ['roles', `of ${server} in ${sql.file}`]),
    ...(backup.drilled === null
      ? []
      : [
          [
            'drilled',
            `${backup.drilled.at}: ${backup.drilled.outcome}${backup.drilled.reason === null ? '' : `, ${backup.drilled.reason}`}`,
          ],
        ]),
    ['encryption', encryption],
    ...(kind === 'differential' ? [['deleted', String(counts.deleted)]] : []),
    ...changed.paths.map((path) => ['changed', path]),
    ...unreadable.paths.map(({ path, reason }) => ['unreadable', `${path}: ${reason}`]),
    ...backup.warnings.map((warning) => ['warning', warning]),
    ...[backup.suspicious, backup.damaged].flatMap((reason) => (reason === null ? [] : [['not good', reason]])),
    [
      'made by',
      Object.entries(backup.tools)
        .map((pair) => pair.join(' '))
        .join(', '),
    ],
  ];
  return rows.map(([title = '', text = '']) => `${title.padEnd(10)}  ${text}\n`).join('');
}
