import { readFileSync } from 'node:fs';
import { Exit, exitCode, messageOf } from '#shared/exit.ts';
import type { Log } from '#shared/log.ts';
import type { S3Encryption, S3Options } from '#shared/s3/options.ts';
import type { BackupLife } from '../backup.ts';
import type { BackupSettings } from '../config.ts';
import { AbsentStore } from '../stores/absent.ts';
import { openStores, type StoreSettings } from '../stores/open.ts';
import { type Store, StoreError } from '../stores/store.ts';
import { Catalog } from './catalog.ts';

/**
 * The backups of BACKUP_NAME in every store of BACKUP_TO, in that order; whatever is asked of one that cannot be opened fails, beside others that
 * can. Close the stores.
 * @throws Exit where a file that settings name cannot be read.
 */
export async function openCatalogs({
  settings,
  log,
  stopping,
}: Pick<BackupLife, 'settings' | 'log' | 'stopping'>): Promise<Catalog[]> {
  const s3 = { ...s3OptionsOf(settings, log), stopping };
  const stores = await Promise.all((settings.to ?? []).map((url) => openOrLack(url, { s3 })));
  return stores.map((store) => new Catalog(store, settings.name ?? ''));
}

async function openOrLack(url: URL, settings: StoreSettings): Promise<Store> {
  try {
    const [store] = await openStores([url], settings);
    if (store !== undefined) return store;
    throw new StoreError('other', `${url.href} is no store`);
  } catch (error) {
    if (error instanceof StoreError) return new AbsentStore(url.href.replace(/\?.*/, ''), error);
    throw error;
  }
}

function s3OptionsOf(settings: BackupSettings, log: Log): S3Options {
  const { s3Ca, s3Lock, s3LockFor } = settings;
  return {
    endpoint: settings.awsEndpoint?.href,
    region: settings.awsRegion,
    profile: settings.awsProfile,
    accessKeyId: settings.awsAccessKeyId,
    secretAccessKey: settings.awsSecretAccessKey,
    sessionToken: settings.awsSessionToken,
    pathStyle: settings.s3PathStyle,
    ca: s3Ca === undefined ? undefined : readAuthorities(s3Ca),
    encryption: encryptionOf(settings),
    storageClass: settings.s3StorageClass,
    lock:
      s3Lock === 'off' || s3LockFor === undefined
        ? undefined
        : { mode: s3Lock === 'governance' ? 'GOVERNANCE' : 'COMPLIANCE', duration: s3LockFor },
    conditions: settings.s3Conditions,
    checksums: settings.s3Checksums,
    partSize: settings.s3PartSize,
    inFlight: settings.s3InFlight,
    timeout: settings.s3Timeout,
    patience: settings.s3Patience,
    onWarning: (message) => log.warn(message),
    onRetry: (what, wait) => log.warn({ wait }, `tried again: ${what}`),
  };
}

function encryptionOf({ s3Encryption, s3KmsKey, s3CustomerKey }: BackupSettings): S3Encryption | undefined {
  if (s3Encryption === 'AES256') return { kind: 'AES256' };
  if (s3Encryption === 'aws:kms') return { kind: 'aws:kms', keyId: s3KmsKey };
  return s3Encryption === 'customer' && s3CustomerKey !== undefined ? { kind: 'customer', key: s3CustomerKey } : undefined;
}

function readAuthorities(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Exit(
      exitCode.settings,
      `BACKUP_S3_CA=${path} cannot be read: ${messageOf(error)}; check the path and that this user may read it`,
      { cause: error },
    );
  }
}
