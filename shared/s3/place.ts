import { S3Error } from './failure.ts';
import type { S3Options } from './options.ts';

/** A folder of a bucket, and how it is reached. */
export interface S3Place {
  readonly bucket: string;
  /** Without slashes at its ends; empty for the whole bucket. */
  readonly folder: string;
  readonly options: S3Options;
}

/** What a URL may say behind its question mark, and what that means; undefined where the value is wrong. */
const parameters: Readonly<Record<string, (value: string) => Partial<S3Options> | undefined>> = {
  endpoint: (endpoint) => (URL.canParse(endpoint) && /^https?:$/.test(new URL(endpoint).protocol) ? { endpoint } : undefined),
  region: (region) => ({ region }),
  // its keys and region, and not those of the environment; the SDK takes no endpoint of it
  profile: (profile) => ({ profile, accessKeyId: undefined, secretAccessKey: undefined, sessionToken: undefined }),
  'path-style': (value) => (/^(true|false)$/.test(value) ? { pathStyle: value === 'true' } : undefined),
  'storage-class': (storageClass) => ({ storageClass }),
};

/**
 * Reads `s3://BUCKET/FOLDER?endpoint=URL&region=…&profile=…&path-style=false&storage-class=…`. What stands behind the question mark goes for
 * this bucket alone, so that copies can be kept at several providers: each has its keys in a profile of the shared files of AWS.
 * @throws S3Error where it cannot be read.
 */
export function s3Place(url: URL, common: S3Options): S3Place {
  const failure = (what: string) => new S3Error('other', `${url.href} ${what}`);
  if (!/^[a-zA-Z0-9][\w.-]+$/.test(url.host)) throw failure('names no bucket; write s3://BUCKET/FOLDER');
  const folder = folderOf(url);
  if (folder === undefined) throw failure('holds a % that begins no character; write it as %25');
  if (folder.includes('//')) throw failure('has a folder without a name; write one slash between folders');
  let options = common;
  for (const [name, value] of url.searchParams) {
    const read = parameters[name];
    if (read === undefined) throw failure(`has an unknown parameter ${name}; known are ${Object.keys(parameters).join(', ')}`);
    const own = value === '' ? undefined : read(value);
    if (own === undefined) throw failure(`has no usable value for ${name}`);
    options = { ...options, ...own };
  }
  return { bucket: url.host, folder, options };
}

function folderOf({ pathname }: URL): string | undefined {
  try {
    return decodeURIComponent(pathname).replaceAll(/^\/+|\/+$/g, '');
  } catch {
    return undefined;
  }
}
