import { fileURLToPath } from 'node:url';
import { defineProgram, type Settings } from '#shared/config/table.ts';
import { messageOf } from '#shared/exit.ts';
import { s3Place } from '#shared/s3/place.ts';
import { pathsOf } from './databases/source.ts';
import { options } from './options.ts';
import { ownPaths } from './own-paths.ts';
import { isWithin } from './sources/name-order.ts';
import { verbs } from './verb-table.ts';

/** The backup sidecar as a person sees it: its options, their defaults, its verbs and their words. */
export const program = defineProgram({
  name: 'backup',
  summary: "Saves a neighbour's volumes on a schedule, verified and restorable.",
  adminPort: 9802,
  options,
  verbs,
  examples: [
    {
      command: "docker run -d --volumes-from db1 -e BACKUP_TO=s3://bucket/db1 -e BACKUP_SCHEDULE='15 3 * * *' sidekick/backup",
      meaning: 'Save all volumes of the container db1 each night.',
    },
    {
      command: 'docker run --rm --volumes-from db1:ro -e BACKUP_TO=file:///backups -v backups:/backups sidekick/backup now',
      meaning: 'Save them once, to another volume.',
    },
    {
      command: 'docker run --rm --volumes-from db1 -e BACKUP_TO=s3://bucket/db1 sidekick/backup restore --to / --overwrite',
      meaning: 'Put the newest good backup back where it came from.',
    },
  ],
  conflicts,
});

/** The typed settings of the backup sidecar. */
export type BackupSettings = Settings<typeof options>;

function conflicts(settings: BackupSettings): string[] {
  const { to, ageRecipients, ageIdentity, passphrase, s3Encryption, s3KmsKey, s3CustomerKey, s3Lock, s3LockFor } = settings;
  const problems: string[] = [];
  if (to === undefined) problems.push('BACKUP_TO is missing: where backups are kept; write file:///folder or s3://bucket/folder');
  const wrongStores = (to ?? []).flatMap(wrongStore);
  problems.push(...wrongStores);
  for (const own of wrongStores.length === 0 ? ownPaths(settings) : [])
    for (const source of pathsOf(settings.sources ?? []))
      if (isWithin(Buffer.from(source), Buffer.from(own)))
        problems.push(
          `BACKUP_SOURCES names ${source}, and ${own} belongs to the sidecar itself; set BACKUP_STATE, or BACKUP_TO, to another folder`,
        );
  if (new Set(to?.map(({ href }) => href.replace(/\/+$/, ''))).size < (to?.length ?? 0))
    problems.push('BACKUP_TO names a store twice; keep one of them');
  if (passphrase !== undefined && ageRecipients !== undefined)
    problems.push('BACKUP_PASSPHRASE and BACKUP_AGE_RECIPIENTS are both set; keep one of them');
  if (passphrase !== undefined && ageIdentity !== undefined)
    problems.push('BACKUP_PASSPHRASE and BACKUP_AGE_IDENTITY are both set; keep one of them');
  const s3 = to === undefined || to.some(({ protocol }) => protocol === 's3:');
  const forS3 = { BACKUP_S3_CA: settings.s3Ca, BACKUP_S3_STORAGE_CLASS: settings.s3StorageClass, BACKUP_S3_LOCK_FOR: s3LockFor };
  for (const [name, value] of Object.entries(forS3))
    if (value !== undefined && !s3)
      problems.push(`${name} is set, and only a store at s3:// reads it; set BACKUP_TO, or unset ${name}`);
  if (s3KmsKey !== undefined && s3Encryption !== 'aws:kms')
    problems.push('BACKUP_S3_KMS_KEY is set without BACKUP_S3_ENCRYPTION=aws:kms; set both or neither');
  if ((s3CustomerKey !== undefined) !== (s3Encryption === 'customer'))
    problems.push('BACKUP_S3_CUSTOMER_KEY and BACKUP_S3_ENCRYPTION=customer belong together; set both or neither');
  if ((s3LockFor !== undefined) !== (s3Lock !== 'off'))
    problems.push('BACKUP_S3_LOCK and BACKUP_S3_LOCK_FOR belong together; set both or neither');
  if ((settings.awsAccessKeyId === undefined) !== (settings.awsSecretAccessKey === undefined))
    problems.push('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together; set both or neither');
  if (settings.notify === undefined && (settings.notifyTemplate !== undefined || settings.notifyHeaders !== undefined))
    problems.push('BACKUP_NOTIFY_TEMPLATE or BACKUP_NOTIFY_HEADERS is set without BACKUP_NOTIFY; set it, or unset them');
  return problems;
}

function wrongS3Place(to: URL): string[] {
  try {
    s3Place(to, {});
    return [];
  } catch (error) {
    return [`BACKUP_TO: ${messageOf(error)}`];
  }
}

function wrongStore(to: URL): string[] {
  if (to.protocol === 's3:') return wrongS3Place(to);
  if (to.search !== '' || to.hash !== '')
    return [`BACKUP_TO=${to.href} has a ? or a #; write them as %3F and %23 in the name of a folder`];
  if (to.host !== '') return [`BACKUP_TO=${to.href} names a host; a folder has three slashes: file:///folder`];
  try {
    return fileURLToPath(to).includes('\0') ? [`BACKUP_TO=${to.href} is no path; write file:///folder`] : [];
  } catch {
    return [`BACKUP_TO=${to.href} is no path; write file:///folder`];
  }
}
