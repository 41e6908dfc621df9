import { Exit, exitCode } from '#shared/exit.ts';
import type { BackupLife } from '../backup.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Manifest } from '../catalog/manifest.ts';
import { decryptionOf } from '../keys.ts';
import { ownPaths } from '../own-paths.ts';
import { chooseBackup, firstThatAnswers } from '../reading/choose.ts';
import { plainOf } from '../reading/plain.ts';
import { readIndex } from '../sources/index-reader.ts';
import { walk } from '../sources/walk.ts';
import { type Compared, type Difference, differences } from './differences.ts';
import { print, withCatalogs } from './opened.ts';

/** `backup diff`: what differs between two backups, the older one first, or between one and the sources. */
export async function diff(
  life: BackupLife,
  { words, json }: { readonly words: readonly string[]; readonly json: boolean },
): Promise<void> {
  const { settings, log } = life;
  let count = 0;
  await withCatalogs(life, async (catalogs) => {
    const { catalog, backups } = await firstThatAnswers(catalogs, (message) => log.warn(message));
    const place = catalog.store.name;
    const key = decryptionOf(settings);
    const recordsOf = (backup: Manifest, from: Catalog) => readIndex(plainOf(from, backup, backup.index, key));
    const [one, other] = words.map((id) => chooseBackup(backups, id, place).backup);
    if (one === undefined) return;
    const [before, after] = other !== undefined && other.started < one.started ? [other, one] : [one, other];
    const avoid = ownPaths(settings);
    const present =
      after === undefined
        ? presentNames(
            walk(
              before.sources.filter((source) => source.startsWith('/')),
              {
                exclude: settings.exclude,
                avoid,
                onTrouble: (path, reason) => log.warn(`${path}: ${reason}`),
              },
            ),
          )
        : recordsOf(after, catalog);
    let lines = '';
    for await (const difference of differences(recordsOf(before, catalog), present)) {
      count += 1;
      lines += describe(difference, json);
      if (lines.length < 65_536) continue;
      await print(lines);
      lines = '';
    }
    await print(lines);
  });
  if (count > 0) throw new Exit(exitCode.failed, `${count} names differ`);
}

async function* presentNames(found: ReturnType<typeof walk>): AsyncGenerator<Compared> {
  for (const { entry } of found) yield entry;
}

function describe({ mark, name, what }: Difference, json: boolean): string {
  const path = `/${name}`;
  if (!json) return `${mark} ${path}${what.length > 0 ? `  ${what.join(', ')}` : ''}\n`;
  const change = { '+': 'added', '-': 'removed', '~': 'changed' }[mark];
  return `${JSON.stringify({ path, change, ...(what.length > 0 && { what }) })}\n`;
}
