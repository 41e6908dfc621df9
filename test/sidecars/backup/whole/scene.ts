import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { atEnd } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { type Ended, SidecarProcess, startSidecar } from '#harness/process.ts';
import type { TestBucket } from '#harness/s3-server.ts';
import type { Manifest } from '../../../../sidecars/backup/catalog/manifest.ts';
import type { RunResult } from '../../../../sidecars/backup/run/events.ts';

type Env = Readonly<Record<string, string>>;

/** How a run ended: as a process, and as it told itself. */
export interface Run extends Ended {
  readonly result: RunResult;
}

/** A folder of sources, a folder that is a store, and the sidecar between the two. Nothing runs yet. */
export class Scene {
  /** It has the other folders in it. */
  readonly folder: string;
  readonly source: string;
  readonly store: string;
  /** Settings that every process of this scene has. */
  readonly env: Record<string, string>;
  readonly #t: TestContext;

  constructor(t: TestContext, more: Env = {}) {
    this.#t = t;
    this.folder = temporaryFolder(t);
    this.source = join(this.folder, 'source');
    this.store = join(this.folder, 'store');
    mkdirSync(this.source);
    mkdirSync(this.store);
    this.env = {
      BACKUP_SOURCES: this.source,
      BACKUP_TO: `file://${this.store}`,
      BACKUP_STATE: join(this.folder, 'state'),
      ...more,
    };
  }

  /** A path in the sources. */
  path(...names: readonly string[]): string {
    return join(this.source, ...names);
  }

  /** Starts the sidecar; `more` settings go before those of the scene. */
  start(words: readonly string[] = [], more: Env = {}): SidecarProcess {
    return startSidecar(this.#t, 'backup', { ...this.env, ...more }, words);
  }

  /** Runs the sidecar to its end. */
  async run(words: readonly string[], more: Env = {}): Promise<Ended> {
    return this.start(words, more).ended;
  }

  /** Makes a backup, or tries to. */
  async now(more: Env = {}): Promise<Run> {
    return runOf(await this.run(['now'], more));
  }

  /** Makes a backup that has to become a good one. */
  async save(more: Env = {}): Promise<Manifest> {
    const { code, stderr, result } = await this.now(more);
    assert.deepEqual([code, result.outcome, result.reason], [0, 'saved', null], stderr);
    assert.ok(result.manifest !== null);
    return result.manifest;
  }

  /** What `list --json` gives. */
  async list(more: Env = {}): Promise<readonly Manifest[]> {
    const { code, stdout, stderr } = await this.run(['list', '--json'], more);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  }

  /** Takes the lease from a run that was killed. */
  async unlock(more: Env = {}): Promise<void> {
    const { code, stdout, stderr } = await this.run(['unlock'], more);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /took the lease from|nobody held the lease/);
  }

  /** The files in the folder that is the store, by name, without those of leases. */
  get files(): string[] {
    return filesIn(this.store).filter((name) => !/(^|\/)lease-/.test(name));
  }
}

/** All files below a folder, by their names below it. */
export function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .sort();
}

/** The files that these backups consist of. */
export function filesOf(...manifests: readonly Manifest[]): string[] {
  return manifests.flatMap(({ id, archive, index }) => [archive.file, index.file, `${id}.json`]).sort();
}

/** Reads what `now` wrote to its standard output. */
export function runOf(ended: Ended): Run {
  const last = ended.stdout.trimEnd().split('\n').at(-1) ?? '';
  assert.match(last, /^\{"event":"ended"/, `it told no end:\n${ended.stdout}\n${ended.stderr}`);
  return { ...ended, result: JSON.parse(last) };
}

/** Settings for a store in a bucket, reached through `endpoint`. */
export function bucketEnv({ name, access }: TestBucket, endpoint = access.endpoint): Record<string, string> {
  return {
    BACKUP_TO: `s3://${name}/saved`,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ACCESS_KEY_ID: access.accessKeyId,
    AWS_SECRET_ACCESS_KEY: access.secretAccessKey,
    // the server in this process ignores conditions; where one run alone writes, nobody can tell
    BACKUP_S3_CONDITIONS: 'true',
  };
}

/**
 * Starts the sidecar as a user like any other: for root, without some capabilities (capabilities(7)).
 * @param lacking those to read and write what modes forbid, where it is not given.
 */
export function startWithoutPower(
  t: TestContext,
  env: Env,
  words: readonly string[],
  lacking: readonly string[] = ['dac_override', 'dac_read_search'],
): SidecarProcess {
  const main = fileURLToPath(new URL('../../../../sidecars/backup/main.ts', import.meta.url));
  const drop = process.getuid?.() === 0 ? ['setpriv', `--bounding-set=${lacking.map((name) => `-${name}`).join(',')}`] : [];
  const [command = process.execPath, ...args] = [...drop, process.execPath, main, ...words];
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH, BACKUP_ADMIN: 'off', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const sidecar = new SidecarProcess(child);
  atEnd(t, () => sidecar.stop('SIGKILL'));
  return sidecar;
}
