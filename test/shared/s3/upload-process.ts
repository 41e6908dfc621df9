// node upload-process.ts URL BUCKET MEBIBYTES: uploads so much, and prints what memory that took, as JSON.
import { readFileSync } from 'node:fs';
import { S3Bucket } from '#shared/s3/bucket.ts';

const [endpoint = '', name = '', mebibytes = ''] = process.argv.slice(2);

/** Memory that is not of files, in bytes. */
function anonymous(): number {
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
}

const bucket = await S3Bucket.open(name, '', { endpoint, region: 'us-east-1', accessKeyId: 'key', secretAccessKey: 'secret' });
// all code of the SDK that an upload needs is loaded, and its buffers are there
const chunk = Buffer.alloc(2 ** 20, 'chunk');
const first = bucket.upload('first');
for (let count = 0; count < 40; count += 1) await first.write(chunk);
await first.commit();
const before = anonymous();
let most = before;
const upload = bucket.upload('large');
for (let count = 0; count < Number(mebibytes); count += 1) {
  await upload.write(chunk);
  most = Math.max(most, anonymous());
}
await upload.commit();
bucket.close();
console.log(JSON.stringify({ before, most }));
