// npm run docs: writes the generated parts of the documents, from the tables and the metrics of the sidecars.
import { writeFileSync } from 'node:fs';
import { demandPinnedNode, root } from './pinned.ts';
import { documents, fill, parts, textOf } from './reference.ts';

demandPinnedNode();
const generated = await parts();
for (const document of documents) {
  const before = textOf(document);
  const after = fill(before, generated);
  if (after === before) continue;
  writeFileSync(root + document, after);
  console.log(`written: ${document}`);
}
