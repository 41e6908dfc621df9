// node put-process.ts URL: puts an object into a store of which it knows only what its environment says, and tells how that ended.
import { openStores } from '../../../../sidecars/backup/stores/open.ts';
import { StoreError } from '../../../../sidecars/backup/stores/store.ts';

const [store] = await openStores([new URL(process.argv[2] ?? '')], { s3: { patience: 5000 } });
try {
  await store?.put('object', Buffer.from('x'));
  console.log('put');
} catch (error) {
  if (!(error instanceof StoreError)) throw error;
  console.log(error.failure, error.message);
}
await store?.close();
