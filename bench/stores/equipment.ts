import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Stage } from '../stage.ts';
import { versionOf } from '../tools.ts';
import { Bucket, endpointFrom } from './bucket.ts';
import type { Setting } from './settings.ts';

/** A key of age. */
export interface AgeKey {
  readonly recipient: string;
  /** The file with the identity. */
  readonly identity: string;
}

/** What the peers are measured with, beside what they save. */
export interface Equipment {
  readonly stage: Stage;
  /** Undefined where there is no age. */
  readonly age: AgeKey | undefined;
  /** Undefined where there is no S3, or no rclone to make the bucket. */
  readonly bucket: Bucket | undefined;
}

/**
 * Makes what the wanted settings need.
 * @returns with the settings that can be measured, and why the others cannot. @throws Error where a bucket cannot be made.
 */
export function equip(stage: Stage, wanted: readonly Setting[]): Equipment & { possible: Setting[]; notes: string[] } {
  const encrypts = wanted.some(({ encrypted }) => encrypted);
  const far = wanted.some(({ store }) => store === 's3');
  const endpoint = far ? endpointFrom(process.env) : undefined;
  const age = encrypts && versionOf('age') !== undefined ? newAgeKey(stage) : undefined;
  const bucket = endpoint !== undefined && versionOf('rclone') !== undefined ? new Bucket(endpoint) : undefined;
  const notes: string[] = [];
  if (encrypts && age === undefined) notes.push('no age on PATH: nothing is encrypted');
  if (far && endpoint === undefined)
    notes.push('neither AWS_ENDPOINT_URL_S3 nor SIDEKICK_TEST_S3 is set: nothing is saved to S3');
  else if (far && bucket === undefined) notes.push('no rclone on PATH, to make a bucket: nothing is saved to S3');
  const possible = wanted.filter(
    ({ encrypted, store }) => (!encrypted || age !== undefined) && (store === 'folder' || bucket !== undefined),
  );
  return { stage, age, bucket, possible, notes };
}

function newAgeKey(stage: Stage): AgeKey {
  const identity = join(stage.folder, 'age-identity');
  execFileSync('age-keygen', ['-o', identity], { stdio: 'pipe' });
  return { identity, recipient: execFileSync('age-keygen', ['-y', identity], { encoding: 'utf8' }).trim() };
}
