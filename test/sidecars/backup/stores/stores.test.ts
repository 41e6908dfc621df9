import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { atEnd } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { type S3Kind, testBucket } from '#harness/s3-server.ts';
import { openStores, type StoreSettings } from '../../../../sidecars/backup/stores/open.ts';
import type { Store } from '../../../../sidecars/backup/stores/store.ts';
import { type Bench, type Kind, storeSuite } from './suite.ts';

const kinds: Readonly<Record<string, Kind>> = {
  'file://': {
    open: async (t) => {
      const root = join(temporaryFolder(t), 'backups of today');
      const everything = async () =>
        readdirSync(root, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => relative(root, join(entry.parentPath, entry.name)));
      return { ...(await bench(t, pathToFileURL(root), { s3: {} })), everything, exact: true };
    },
  },
  's3:// in this process': { open: (t) => openBucket(t, 'in-process', '') },
  's3:// of Ceph, in a folder': { needs: needs('ceph'), open: (t) => openBucket(t, 'ceph', '/some%20folder/below/') },
};

for (const [name, kind] of Object.entries(kinds)) storeSuite(name, kind);

async function openBucket(t: TestContext, kind: S3Kind, folder: string): Promise<Bench> {
  const bucket = await testBucket(t, kind);
  const settings: StoreSettings = { s3: { ...bucket.access, partSize: 5 * 2 ** 20 } };
  const everything = async () => [...(await bucket.keys()), ...(await bucket.openUploads())];
  return { ...(await bench(t, new URL(`s3://${bucket.name}${folder}`), settings)), everything, exact: kind === 'ceph' };
}

async function bench(t: TestContext, url: URL, settings: StoreSettings): Promise<Pick<Bench, 'store' | 'other'>> {
  const open = async (): Promise<Store> => {
    const [store] = await openStores([url], settings);
    if (store === undefined) throw new Error(`${url} gave no store`);
    atEnd(t, () => store.close());
    return store;
  };
  return { store: await open(), other: open };
}
