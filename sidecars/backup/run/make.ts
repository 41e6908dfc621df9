import { hostname } from 'node:os';
import { Exit, exitCode } from '#shared/exit.ts';
import { version } from '#shared/version.ts';
import { Packer } from '../archive/packer.ts';
import type { BackupLife } from '../backup.ts';
import { filesOf } from '../catalog/keys.ts';
import type { Manifest } from '../catalog/manifest.ts';
import type { DatabaseAddress } from '../databases/address.ts';
import { findTargets } from '../databases/open.ts';
import { encryptionOf } from '../keys.ts';
import { between } from '../sources/hooks.ts';
import { IndexWriter } from '../sources/index-writer.ts';
import { capture } from './capture.ts';
import type { Choice } from './choice.ts';
import type { Copies } from './copies.ts';
import { saveDatabases } from './databases.ts';
import { estimate } from './estimate.ts';
import type { Progress } from './events.ts';
import { Gauge } from './gauge.ts';
import { KeptIndex } from './kept-index.ts';
import type { Leases } from './leases.ts';
import { SqliteCopies } from './sqlite-copies.ts';
import { Tally } from './tally.ts';
import { refusal, suspicion } from './verdict.ts';
import { WrittenPart } from './written-part.ts';

/** What is made, and where. */
export interface Making {
  readonly id: string;
  readonly begun: Date;
  readonly scheduled: Date | undefined;
  /** The names of all sources. */
  readonly sources: readonly string[];
  /** Those that are paths. */
  readonly paths: readonly string[];
  /** Those that are databases. */
  readonly databases: readonly DatabaseAddress[];
  /** Paths that are never read: ours. */
  readonly avoid: readonly string[];
  readonly choice: Choice;
  /** The last good backup, that this one is measured by. */
  readonly last: Manifest | undefined;
  /** The last good one that holds everything. */
  readonly lastFull: Manifest | undefined;
  readonly copies: Copies;
  readonly leases: Leases;
  readonly signal: AbortSignal;
  readonly onBegin: (progress: () => Progress) => void;
}

/** A backup that exists, and the keys of its parts by their files, where it is encrypted. */
export interface Made {
  readonly manifest: Manifest;
  readonly fileKeys: ReadonlyMap<string, Buffer>;
  readonly gauge: Gauge;
}

/**
 * look → sweep → hooks → dump → capture → commit → manifest. Until the manifest is written there is no backup, and what fails leaves nothing.
 * @throws Exit where it may not become a backup; whatever a stage fails with.
 */
export async function make(life: BackupLife, making: Making): Promise<Made> {
  const { settings, log } = life;
  const { id, begun, scheduled, choice, copies, leases, signal } = making;
  const tally = new Tally();
  const gauge = new Gauge(tally);
  making.onBegin(() => gauge.progress);
  const targets = await findTargets(making.databases, settings, signal);
  await copies.each(async ({ catalog }) => {
    const { removed, left } = await catalog.sweep(id);
    const store = catalog.store.name;
    if (removed > 0) log.info({ store, swept: removed }, 'removed what a run that was cut off had left');
    if (left.length > 0)
      log.warn(
        { store, count: left.length },
        `${left[0]}${left.length > 1 ? ` and ${left.length - 1} more` : ''} of a run that was cut off may not be removed: it is no backup, and is tried again at each run; an object lock ends, a permission has to be given`,
      );
  });
  const kept = new KeptIndex(life);
  const parent = choice.kind === 'full' ? undefined : await kept.indexOf(choice.parent, copies);
  const kind = choice.kind === 'differential' && parent !== undefined ? 'differential' : 'full';
  const worthWalk = process.stdout.isTTY || copies.well.some(({ catalog }) => catalog.store.sizesAhead);
  const expected = await estimate({ ...making, exclude: settings.exclude, worthWalk });
  gauge.total =
    expected.total === undefined ? undefined : expected.total + targets.reduce((sum, { look }) => sum + look.tableBytes, 0);

  const to = encryptionOf(settings);
  const files = filesOf(id, kind, to !== undefined);
  const archive = await WrittenPart.begin(copies, files.archive, { to, level: settings.level, expected: expected.stored });
  // it is small, and a second lane costs memory
  const index = await WrittenPart.begin(copies, files.index, { to, level: settings.level, lanes: 1 });
  gauge.frames = archive.frames;
  const fileKeys = new Map<string, Buffer>();
  const onKey = (file: string, key: Buffer | undefined) => void (key && fileKeys.set(file, key));
  onKey(files.archive, archive.fileKey);
  onKey(files.index, index.fileKey);
  const packer = new Packer(archive.frames);
  if (packer.xattrs === 'unavailable') tally.warn('extended attributes and ACLs are not saved: Node has no FFI here');
  const hooks = {
    before: settings.before,
    after: settings.after,
    timeout: settings.hookTimeout,
    onAfterFailed: (error: Error) => {
      tally.warn(error.message);
      log.error(error.message);
    },
  };
  try {
    const saved = await between(hooks, signal, async () => {
      gauge.phase = 'dumping';
      const expected = (source: string) => expectedOf(making.last, source);
      const dumped = await saveDatabases(targets, {
        ...{ id, to, copies, tally, gauge, signal, onKey, expected },
        ...{ level: settings.level, checksums: settings.checksums, globals: settings.pgGlobals, tmp: settings.tmp },
      });
      gauge.phase = 'reading';
      await capture({
        ...making,
        sources: making.paths,
        exclude: settings.exclude,
        parent: kind === 'full' ? undefined : parent,
        packer,
        index: new IndexWriter(await kept.tee(id, kind, index.frames)),
        tally,
        sqlite: settings.sqlite ? new SqliteCopies(settings.tmp, tally, signal) : undefined,
        onEntry: () => gauge.next(),
      });
      await packer.end();
      return dumped;
    });
    gauge.phase = 'storing';
    const refused = refusal(tally.told, settings);
    if (refused !== undefined) throw new Exit(refused.permission ? exitCode.permission : exitCode.failed, refused.reason);
    signal.throwIfAborted();
    const [archivePart, indexPart] = await Promise.all([archive.commit(), index.commit()]);
    const manifest: Manifest = {
      version: 1,
      id,
      name: settings.name ?? '',
      kind,
      parent: kind === 'differential' && choice.kind === 'differential' ? choice.parent.id : null,
      started: begun.toISOString(),
      scheduled: scheduled?.toISOString() ?? null,
      host: hostname(),
      sources: making.sources,
      archive: archivePart,
      index: indexPart,
      finished: new Date().toISOString(),
      ...saved,
      encryption: to === undefined ? 'none' : 'passphrase' in to ? 'passphrase' : 'recipients',
      ...tally.told,
      suspicious: suspicion({ total: tally.bytes.total, sources: making.sources, ...saved }, making.last, settings),
      verified: null,
      damaged: null,
      drilled: null,
      tools: { sidekick: version, node: process.versions.node, zstd: process.versions.zstd ?? 'unknown' },
    };
    await leases.assertHeld();
    signal.throwIfAborted();
    await copies.each((copy) => copy.finish(manifest));
    await kept.keep(manifest);
    return { manifest, fileKeys, gauge };
  } finally {
    archive.frames.close();
    index.frames.close();
    await kept.close();
  }
}

/** How many bytes the dump of a source will have in a store, by the last one. */
function expectedOf(last: Manifest | undefined, source: string): number | undefined {
  return last?.databases.find((database) => database.source === source)?.dump.storedBytes;
}
