import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { atEnd } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { testBucket } from '#harness/s3-server.ts';
import { s3Place } from '#shared/s3/place.ts';
import { openStores, schemes } from '../../../../sidecars/backup/stores/open.ts';
import { rejects } from './suite.ts';

const run = promisify(execFile);

test('opens the store of each scheme, in the order of the URLs', async (t) => {
  const root = join(temporaryFolder(t), 'é and spaces');
  const stores = await openStores([pathToFileURL(`${root}/`), new URL('s3://some-bucket/db1/')], { s3: { region: 'us-east-1' } });
  for (const store of stores) atEnd(t, () => store.close());
  assert.deepEqual(
    stores.map(({ name }) => name),
    [`file://${root}`, 's3://some-bucket/db1'],
  );
  assert.deepEqual(schemes, ['file', 's3']);
});

test('a URL that names no store is told', async (t) => {
  const folder = temporaryFolder(t);
  for (const [url, message] of [
    ['ftp://host/x', /unknown scheme; known are file, s3/],
    ['file://host/x', /names no folder: .*; write it with three slashes/],
    ['s3://', /names no bucket; write s3:\/\/BUCKET\/FOLDER/],
    ['s3://bucket/a//b', /a folder without a name/],
    ['s3://bucket/%zz', /a % that begins no character/],
    [
      's3://bucket/a?enpoint=http://x',
      /unknown parameter enpoint; known are endpoint, region, profile, path-style, storage-class/,
    ],
    ['s3://bucket/a?endpoint=x', /no usable value for endpoint/],
    ['s3://bucket/a?path-style=yes', /no usable value for path-style/],
    ['s3://bucket/a?region=', /no usable value for region/],
  ] as const)
    await rejects(openStores([pathToFileURL(folder), new URL(url)], { s3: {} }), 'other', message);
});

test('what a URL says of a bucket goes for it alone, and before the rest', () => {
  const common = {
    endpoint: 'http://common',
    region: 'eu-1',
    accessKeyId: 'key',
    secretAccessKey: 'secret',
    storageClass: 'STANDARD',
  };
  assert.deepEqual(s3Place(new URL('s3://bucket'), common), { bucket: 'bucket', folder: '', options: common });
  const url = 's3://Some.Bucket_1/a%20b/c/?endpoint=https://other:9000&profile=offsite&path-style=false&storage-class=GLACIER_IR';
  assert.deepEqual(s3Place(new URL(url), common), {
    bucket: 'Some.Bucket_1',
    folder: 'a b/c',
    options: {
      endpoint: 'https://other:9000',
      region: 'eu-1',
      profile: 'offsite',
      pathStyle: false,
      storageClass: 'GLACIER_IR',
      accessKeyId: undefined,
      secretAccessKey: undefined,
      sessionToken: undefined,
    },
  });
});

test('credentials are found wherever every AWS tool looks for them', needs('ceph'), async (t) => {
  const { name, access } = await testBucket(t, 'ceph');
  const folder = temporaryFolder(t);
  const file = join(folder, 'credentials');
  const keys = `aws_access_key_id = ${access.accessKeyId}\naws_secret_access_key = ${access.secretAccessKey}\n`;
  writeFileSync(file, `[default]\naws_access_key_id = wrong\naws_secret_access_key = wrong\n[offsite]\n${keys}`);
  const configuration = join(folder, 'config');
  writeFileSync(configuration, `[profile offsite]\nregion = eu-west-3\n`);
  // as ECS and EKS give them to a container
  const container = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(
      JSON.stringify({
        AccessKeyId: access.accessKeyId,
        SecretAccessKey: access.secretAccessKey,
        Token: '',
        Expiration: new Date(Date.now() + 3_600_000).toISOString(),
      }),
    );
  });
  await new Promise<void>((resolve) => container.listen(0, '127.0.0.1', resolve));
  atEnd(t, () => container.close());
  const endpoint = { AWS_ENDPOINT_URL_S3: access.endpoint };
  const nothing = { AWS_EC2_METADATA_DISABLED: 'true', HOME: folder };
  const places: Readonly<Record<string, { readonly env: Record<string, string>; readonly url: string }>> = {
    'the environment': {
      env: { ...endpoint, AWS_ACCESS_KEY_ID: access.accessKeyId, AWS_SECRET_ACCESS_KEY: access.secretAccessKey },
      url: `s3://${name}/a?path-style=true`,
    },
    'a profile of the shared files': {
      env: { AWS_SHARED_CREDENTIALS_FILE: file, AWS_CONFIG_FILE: configuration },
      url: `s3://${name}/b?profile=offsite&endpoint=${access.endpoint}`,
    },
    'the endpoint of a container': {
      env: {
        ...endpoint,
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${(container.address() as AddressInfo).port}/creds`,
      },
      url: `s3://${name}/c?path-style=true`,
    },
  };
  const program = fileURLToPath(new URL('put-process.ts', import.meta.url));
  const put = (url: string, env: Record<string, string>) =>
    run(process.execPath, [program, url], { env: { ...nothing, ...env }, encoding: 'utf8' });
  for (const [place, { env, url }] of Object.entries(places)) {
    const { stdout } = await put(url, env);
    assert.equal(stdout, 'put\n', place);
  }
  const { stdout } = await put(`s3://${name}/d?path-style=true`, endpoint);
  assert.match(stdout, /^denied .*; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or another source of credentials\n$/);
});
