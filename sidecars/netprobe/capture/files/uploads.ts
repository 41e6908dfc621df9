import { type FileHandle, open, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { codeOf, Exit, exitCode, messageOf } from '#shared/exit.ts';
import type { Health, Part } from '#shared/health.ts';
import type { Log } from '#shared/log.ts';
import { delays, sleep } from '#shared/retry.ts';
import { S3Bucket } from '#shared/s3/bucket.ts';
import { S3Error, type S3Failure } from '#shared/s3/failure.ts';
import type { S3Options } from '#shared/s3/options.ts';
import { type S3Place, s3Place } from '#shared/s3/place.ts';
import type { S3Upload } from '#shared/s3/upload.ts';
import { findCaptureFiles } from './closed-files.ts';
import { openFailure } from './file-failures.ts';
import { FileNames } from './file-names.ts';
import { mendCaptureFile } from './mend.ts';
import { captureObjectName } from './object-name.ts';
import type { ClosedFile, FilesPlan } from './plan.ts';
import { sendCaptureFile } from './send-file.ts';

/** Two parts of a file are in memory at most: whoever captures has little, and is in no hurry. 5 MiB is the least that servers take. */
const sparing = { partSize: 5 * 2 ** 20, inFlight: 1 } as const;

/** How long one request is tried again and again before the whole file is, in milliseconds. */
const patience = 30_000;

/** How long it waits until it tries a file again. */
const backoff = { base: 1000, cap: 60_000 } as const;

/** The same when the process is to end, in milliseconds. */
const hurried = 500;

/** How long it is waited for what is on its way to be taken back, in milliseconds. */
const farewellOfUploads = 750;

/** What uploads are told. */
export interface UploadsOptions {
  /** `s3://BUCKET/FOLDER`. */
  readonly to: URL;
  readonly s3: S3Options;
  readonly log: Log;
  /** Its part `uploads` is degraded while nothing can be uploaded. */
  readonly health: Health;
  /** The process is to end soon: what fails for other reasons than the network is not tried again. */
  readonly stopping: AbortSignal;
  /** Stands in the names of objects, so that those of other hosts stay; this one's where it is not given. */
  readonly host?: string;
}

/** A file that waits. */
interface Waiting {
  readonly path: string;
  /** Whether it may end in the middle of something. */
  readonly mayBeTorn: boolean;
  /** Whether somebody has begun to upload it before. */
  isBegun: boolean;
}

/** What became of files until now. */
export interface UploadCounts {
  readonly files: number;
  readonly bytes: number;
  /** Those that wait for it. */
  readonly waiting: number;
  /** Those that were removed before, as there may be only so many files: they are lost. */
  readonly lost: number;
}

/**
 * Uploads files that are whole, one behind the other, and removes each once the server has said that it is there: never before. What fails is
 * tried again for ever, and what is left when a process ends is what the next one of the same names begins with.
 */
export class Uploads {
  readonly #place: S3Place;
  readonly #log: Log;
  readonly #part: Part;
  readonly #host: string;
  readonly #waiting: Waiting[] = [];
  readonly #stopping: AbortSignal;
  /** Aborts when there is no time left. */
  readonly #late = new AbortController();
  #bucket: S3Bucket | undefined;
  #working: Promise<void> | undefined;
  #upload: S3Upload | undefined;
  #failure: S3Failure | undefined;
  #files = 0;
  #bytes = 0;
  #lost = 0;

  /** @throws Exit where the URL cannot be read; nothing is sent yet. */
  constructor({ to, s3, log, health, stopping, host = hostname() }: UploadsOptions) {
    this.#log = log;
    this.#stopping = stopping;
    this.#host = host;
    this.#part = health.part('uploads');
    this.#part.ok();
    const onRetry = (what: string) => this.#fails(what, 'unreachable');
    try {
      this.#place = s3Place(to, { ...sparing, patience, ...s3, onRetry });
    } catch (error) {
      throw new Exit(exitCode.settings, `--to: ${messageOf(error)}`, { cause: error });
    }
  }

  get counts(): UploadCounts {
    return { files: this.#files, bytes: this.#bytes, waiting: this.#waiting.length, lost: this.#lost };
  }

  /** Uploads this file, too. */
  add({ path }: Pick<ClosedFile, 'path'>): void {
    this.#waiting.push({ path, mayBeTorn: false, isBegun: false });
    this.#work();
  }

  /**
   * Uploads what an earlier run left, each file up to where it is whole. To be called before the first file of this run is made.
   * @throws Exit where the folder cannot be read.
   */
  takeOver(plan: FilesPlan): void {
    const names = new FileNames(plan);
    try {
      for (const { path } of plan.numbered ? findCaptureFiles(names) : [])
        this.#waiting.push({ path, mayBeTorn: true, isBegun: true });
    } catch (error) {
      throw openFailure(plan.path, error);
    }
    if (this.#waiting.length === 0) return;
    this.#log.info({ files: this.#waiting.length, folder: names.folder }, 'uploading what an earlier run left');
    this.#work();
  }

  /**
   * Uploads what is left, until it has no prospect or the signal aborts, and then takes back what is on its way.
   * @returns how many files stay on the disk.
   */
  async close(signal: AbortSignal): Promise<{ readonly left: number }> {
    const breakOff = () => this.#breakOff();
    if (signal.aborted) breakOff();
    else signal.addEventListener('abort', breakOff, { once: true });
    await Promise.race([this.#working, this.#isLate()]);
    signal.removeEventListener('abort', breakOff);
    this.#bucket?.close();
    const left = this.#waiting.length;
    const words = 'not uploaded yet: these files stay, and the next capture that writes to the same place uploads them';
    if (left > 0) this.#log.warn({ files: left, first: this.#waiting[0]?.path }, words);
    return { left };
  }

  async #isLate(): Promise<void> {
    if (!this.#late.signal.aborted) await new Promise((resolve) => this.#late.signal.addEventListener('abort', resolve));
    await sleep(farewellOfUploads);
  }

  #breakOff(): void {
    this.#late.abort();
    void this.#upload?.abort();
  }

  #work(): void {
    this.#working ??= this.#drain().finally(() => {
      this.#working = undefined;
    });
  }

  async #drain(): Promise<void> {
    let pauses = delays(backoff);
    for (let next = this.#waiting[0]; next !== undefined && !this.#late.signal.aborted; next = this.#waiting[0]) {
      const failure = await this.#attempt(next);
      if (failure === undefined) {
        this.#waiting.shift();
        pauses = delays(backoff);
      } else if (!this.#stopping.aborted) await sleep(pauses.next().value, this.#stopping);
      // nothing but waiting helps, and for that there is no time
      else if (failure !== 'unreachable') return;
      else await sleep(hurried, this.#late.signal);
    }
  }

  /** @returns why it has to be tried again. */
  async #attempt(one: Waiting): Promise<S3Failure | undefined> {
    const { path } = one;
    try {
      if (one.mayBeTorn && (await mendCaptureFile(path)) === 'empty') {
        await rm(path, { force: true });
        return undefined;
      }
      await using file = await open(path);
      await this.#send(one, file);
    } catch (error) {
      if (!(error instanceof S3Error)) return this.#passOver(path, error);
      if (!this.#late.signal.aborted) this.#fails(error.message, error.failure);
      return error.failure;
    }
    this.#failure = undefined;
    this.#part.ok();
    await rm(path, { force: true }).catch((error: unknown) =>
      this.#log.warn(`${path} is uploaded and cannot be removed: ${messageOf(error)}; remove it, or it is uploaded again`),
    );
    return undefined;
  }

  async #send(one: Waiting, file: FileHandle): Promise<void> {
    const { path } = one;
    const { size, mtimeMs } = await file.stat();
    const key = captureObjectName(this.#host, path, mtimeMs);
    const bucket = await this.#open();
    // its parts take room that nobody sees; some servers do not list them, or not to everybody
    if (one.isBegun && size > sparing.partSize)
      await bucket.sweep(key, (other) => other === key).catch((error: unknown) => this.#log.debug(messageOf(error)));
    one.isBegun = true;
    this.#upload = bucket.upload(key, size);
    try {
      await sendCaptureFile(file, size, this.#upload);
    } finally {
      this.#upload = undefined;
    }
    this.#files += 1;
    this.#bytes += size;
    this.#log.info({ path, to: `${bucket.name}/${key}`, bytes: size }, 'uploaded');
  }

  async #open(): Promise<S3Bucket> {
    const { bucket, folder, options } = this.#place;
    this.#bucket ??= await S3Bucket.open(bucket, folder, options);
    return this.#bucket;
  }

  /** A file that is not there any more, or cannot be read. */
  #passOver(path: string, error: unknown): undefined {
    if (codeOf(error) === 'ENOENT') {
      this.#lost += 1;
      this.#log.warn(
        { path, lost: this.#lost },
        'removed before it was uploaded: more files were made than --files or --disk keep',
      );
    } else this.#log.error(`${path} is not uploaded, and stays: ${messageOf(error)}`);
  }

  #fails(what: string, failure: S3Failure): void {
    // each attempt has words of its own
    if (this.#failure === failure) return;
    this.#failure = failure;
    this.#part.degraded(what);
  }
}
