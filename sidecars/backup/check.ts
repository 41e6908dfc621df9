import { randomUUID } from 'node:crypto';
import { messageOf } from '#shared/exit.ts';
import type { Finding } from '#shared/run.ts';
import type { BackupLife } from './backup.ts';
import type { Catalog } from './catalog/catalog.ts';
import { openCatalogs } from './catalog/open.ts';
import type { BackupSettings } from './config.ts';
import { type DatabaseAddress, formatDatabase } from './databases/address.ts';
import { findTargets } from './databases/open.ts';
import { decryptionOf, encryptionOf } from './keys.ts';
import { ownPaths } from './own-paths.ts';
import { amountOfBytes } from './report/amounts.ts';
import { nextAfter } from './schedule/next.ts';
import { ownTimeZone } from './schedule/time-zone.ts';
import { chosenSources } from './sources/chosen.ts';
import { walk } from './sources/walk.ts';

/** How many names of each source are looked at. */
const glance = 10_000;

/** What `--check` looks at: whether the stores can be written, read and cleaned, the sources be read, and the keys be used. */
export async function check(life: BackupLife): Promise<readonly Finding[]> {
  const findings = [...(await checkSources(life)), checkSchedule(life), ...(await checkKeys(life))];
  let catalogs: Catalog[];
  try {
    catalogs = await openCatalogs(life);
  } catch (error) {
    return [...findings, { what: 'BACKUP_TO', ok: false, detail: messageOf(error) }];
  }
  for (const catalog of catalogs) {
    findings.push(await checkStore(catalog));
    await catalog.store.close();
  }
  return findings;
}

/** Writes an object, reads it and removes it. */
async function checkStore(catalog: Catalog): Promise<Finding> {
  const { store } = catalog;
  const key = catalog.key(`check-${randomUUID()}`);
  try {
    const sent = Buffer.from('sidekick/backup was here, and takes this away again\n');
    await store.put(key, sent, { shortLived: true });
    const got: Uint8Array[] = [];
    for await (const chunk of store.read(key)) got.push(chunk);
    await store.remove(key);
    if (!Buffer.concat(got).equals(sent))
      return { what: store.name, ok: false, detail: 'it gives back other bytes than it was given' };
    await store.learnConditions?.(catalog.key(''));
    const { backups, unusable } = await catalog.all();
    const weaker = store.conditions
      ? ''
      : '; it does not decide between two that write at once, so that two runs at a time are only unlikely';
    const left =
      unusable.length > 0 ? `, and ${unusable.length} that cannot be used: ${unusable[0]?.id} (${unusable[0]?.reason})` : '';
    return {
      what: store.name,
      ok: unusable.length === 0,
      detail: `can be written, read and cleaned; it has ${backups.length} backups${left}${weaker}`,
    };
  } catch (error) {
    await store.remove(key).catch(() => {});
    return { what: store.name, ok: false, detail: messageOf(error) };
  }
}

async function checkSources(life: BackupLife): Promise<Finding[]> {
  const { settings } = life;
  const { paths, databases } = chosenSources(settings);
  const what = settings.sources === undefined ? 'volumes' : 'BACKUP_SOURCES';
  if (paths.length + databases.length === 0)
    return [
      {
        what,
        ok: false,
        detail: 'there are none: attach it with --volumes-from, or name folders and databases by BACKUP_SOURCES',
      },
    ];
  return [
    ...(paths.length > 0 ? [checkPaths(what, paths, settings)] : []),
    ...(await Promise.all(databases.map((address) => checkDatabases(address, life)))),
  ];
}

function checkPaths(what: string, paths: readonly string[], settings: BackupSettings): Finding {
  try {
    const troubles: string[] = [];
    let names = 0;
    for (const _ of walk(paths, {
      exclude: settings.exclude,
      avoid: ownPaths(settings),
      onTrouble: (path, reason) => troubles.push(`${path} ${reason}`),
    })) {
      names += 1;
      if (names >= glance) break;
    }
    const counted = names >= glance ? `the first ${glance} names of them` : `all ${names} names in them`;
    const more = troubles.length > 1 ? ` (and ${troubles.length - 1} more)` : '';
    if (troubles.length > 0) return { what, ok: false, detail: `${paths.join(', ')}: ${troubles[0]}${more}` };
    return { what, ok: true, detail: `${paths.join(', ')}: ${counted} can be looked at` };
  } catch (error) {
    return { what, ok: false, detail: messageOf(error) };
  }
}

/** Connects to each database, and looks whether it can be dumped. */
async function checkDatabases(address: DatabaseAddress, { settings, stopping }: BackupLife): Promise<Finding> {
  const what = formatDatabase(address);
  try {
    const targets = await findTargets([address], settings, stopping);
    const found = targets.map(({ look }) => `${look.source} (${amountOfBytes(look.bytes)}, ${look.server}, by ${look.tool})`);
    const warnings = targets.flatMap(({ look }) => look.warnings);
    return { what, ok: true, detail: `can be saved: ${[found.join(', '), ...warnings].join('; ')}` };
  } catch (error) {
    return { what, ok: false, detail: messageOf(error) };
  }
}

function checkSchedule({ settings }: BackupLife): Finding {
  const zone = settings.timeZone ?? ownTimeZone();
  const next = new Date(nextAfter(settings.schedule, Date.now(), zone));
  return { what: 'BACKUP_SCHEDULE', ok: true, detail: `the next time in ${zone} is ${next.toISOString()}` };
}

/** Encrypts something, and decrypts it where there is a key for that. */
async function checkKeys({ settings }: BackupLife): Promise<Finding[]> {
  const to = encryptionOf(settings);
  if (to === undefined) return [];
  const what = 'passphrase' in to ? 'BACKUP_PASSPHRASE' : 'BACKUP_AGE_RECIPIENTS';
  const { encryptTo, decrypt } = await import('./encryption/age.ts');
  try {
    const written: Uint8Array[] = [];
    const sink = await encryptTo({ write: async (chunk) => void written.push(chunk), end: async () => {} }, to);
    await sink.end();
    const key = decryptionOf(settings);
    if (key === undefined)
      return [{ what, ok: true, detail: 'can be encrypted to; to verify and to restore takes BACKUP_AGE_IDENTITY' }];
    for await (const _ of decrypt(readable(written), key));
    return [{ what, ok: true, detail: 'can be encrypted to, and decrypted again' }];
  } catch (error) {
    return [{ what, ok: false, detail: messageOf(error) }];
  }
}

async function* readable(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
