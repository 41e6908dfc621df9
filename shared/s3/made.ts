import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import type { S3Options } from './options.ts';

/** The metadata that tells who wrote an object: after a lost answer we find out by it that it was us. */
export const writerField = 'sidekick-write';

/** For whom the parameters of a request are. */
export interface Made {
  /** Replaced or removed soon: it gets no lock. */
  readonly shortLived?: boolean;
  /** Large, and read seldom: it goes to the storage class of the options. */
  readonly large?: boolean;
}

/** What a request that makes an object says of it beside its name and its content. */
export function made(options: S3Options, { shortLived = false, large = false }: Made): Partial<PutObjectCommandInput> {
  const { encryption, lock, storageClass } = options;
  return {
    ...(encryption?.kind === 'AES256' ? { ServerSideEncryption: 'AES256' } : {}),
    ...(encryption?.kind === 'aws:kms' ? { ServerSideEncryption: 'aws:kms' } : {}),
    ...(encryption?.kind === 'aws:kms' && encryption.keyId !== undefined ? { SSEKMSKeyId: encryption.keyId } : {}),
    ...customerKey(options),
    ...(large && storageClass !== undefined
      ? { StorageClass: storageClass as NonNullable<PutObjectCommandInput['StorageClass']> }
      : {}),
    ...(lock !== undefined && !shortLived
      ? { ObjectLockMode: lock.mode, ObjectLockRetainUntilDate: new Date(Date.now() + lock.duration) }
      : {}),
  };
}

/** What every request says of an object whose key the server does not keep. */
export function customerKey({ encryption }: S3Options): { SSECustomerAlgorithm?: string; SSECustomerKey?: string } {
  if (encryption?.kind !== 'customer') return {};
  // the SDK hands on a text that is base64 of 32 bytes as it is, and adds its MD5
  return { SSECustomerAlgorithm: 'AES256', SSECustomerKey: Buffer.from(encryption.key).toString('base64') };
}

/** What helps where a server refuses to make an object, by what was asked for beside the object itself. */
export function adviceOf(
  { encryption, lock, storageClass }: S3Options,
  { shortLived = false, large = false }: Made,
): string | undefined {
  const asked = [
    ...(encryption === undefined ? [] : [`the encryption ${encryption.kind}`]),
    ...(lock === undefined || shortLived ? [] : ['an object lock, which needs a bucket that was made with it']),
    ...(storageClass === undefined || !large ? [] : [`the storage class ${storageClass}`]),
  ];
  return asked.length === 0 ? undefined : `it was asked for ${asked.join(' and ')}: check that the server has it`;
}
