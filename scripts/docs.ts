// npm run docs: writes the generated parts of the documents, from the tables and the metrics of the sidecars,
// and the files of the examples that attach makes of others.
import { writeFileSync } from 'node:fs';
import { attachAnew, attachedFiles } from './attached.ts';
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

for (const file of attachedFiles()) {
  const before = textOf(file.target);
  attachAnew(file);
  if (textOf(file.target) !== before) console.log(`written: ${file.target}`);
}
