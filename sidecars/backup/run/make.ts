import { hostname } from 'node:os';
import { Exit, exitCode } from '#shared/exit.ts';
import { version } from '#shared/run.ts';
import { Packer } from '../archive/packer.ts';
import type { BackupLife } from '../backup.ts';
import { filesOf } from '../catalog/keys.ts';
import type { Manifest } from '../catalog/manifest.ts';
import { encryptionOf } from '../keys.ts';
import { between } from '../sources/hooks.ts';
import { IndexWriter } from '../sources/index-writer.ts';
import { capture } from './capture.ts';
import type { Choice } from './choice.ts';
import type { Copies } from './copies.ts';
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
  readonly sources: readonly string[];
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

/** A backup that exists, and the keys of its parts. */
export interface Made {
  readonly manifest: Manifest;
  readonly fileKeys: { readonly archive: Buffer | undefined; readonly index: Buffer | undefined };
  readonly gauge: Gauge;
}

/**
 * sweep → hooks → capture → commit → manifest. Until the manifest is written there is no backup, and what fails leaves nothing.
 * @throws Exit where it may not become a backup; whatever a stage fails with.
 */
export async function make(life: BackupLife, making: Making): Promise<Made> {
  const { settings, log } = life;
  const { id, begun, scheduled, choice, copies, leases, signal } = making;
  const tally = new Tally();
  const gauge = new Gauge(tally);
  making.onBegin(() => gauge.progress);
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
  gauge.total = expected.total;

  const to = encryptionOf(settings);
  const files = filesOf(id, kind, to !== undefined);
  const archive = await WrittenPart.begin(copies, files.archive, { to, level: settings.level, expected: expected.stored });
  // it is small, and a second lane costs memory
  const index = await WrittenPart.begin(copies, files.index, { to, level: settings.level, lanes: 1 });
  gauge.frames = archive.frames;
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
    await between(hooks, signal, async () => {
      gauge.phase = 'reading';
      await capture({
        ...making,
        exclude: settings.exclude,
        parent: kind === 'full' ? undefined : parent,
        packer,
        index: new IndexWriter(await kept.tee(id, kind, index.frames)),
        tally,
        sqlite: settings.sqlite ? new SqliteCopies(settings.tmp, tally, signal) : undefined,
        onEntry: () => gauge.next(),
      });
      await packer.end();
    });
    gauge.phase = 'storing';
    const refused = refusal(tally.told, settings);
    if (refused !== undefined) throw new Exit(refused.permission ? exitCode.permission : exitCode.failed, refused.reason);
    signal.throwIfAborted();
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
      archive: await archive.commit(),
      index: await index.commit(),
      finished: new Date().toISOString(),
      encryption: to === undefined ? 'none' : 'passphrase' in to ? 'passphrase' : 'recipients',
      ...tally.told,
      suspicious: suspicion(tally.bytes.total, making.last, settings),
      verified: null,
      damaged: null,
      tools: { sidekick: version, node: process.versions.node, zstd: process.versions.zstd ?? 'unknown' },
    };
    await leases.assertHeld();
    signal.throwIfAborted();
    await copies.each((copy) => copy.finish(manifest));
    await kept.keep(manifest);
    return { manifest, fileKeys: { archive: archive.fileKey, index: index.fileKey }, gauge };
  } finally {
    archive.frames.close();
    index.frames.close();
    await kept.close();
  }
}
