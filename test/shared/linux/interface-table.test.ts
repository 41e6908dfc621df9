import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { InterfaceTable } from '#shared/linux/interface-table.ts';
import { openLibc } from '#shared/linux/libc.ts';

test('interfaces are known by their names and by their indexes', needs('linux'), (t) => {
  const table = new InterfaceTable(openLibc());
  t.after(() => table.close());
  const index = table.indexOf('lo') ?? 0;
  assert.deepEqual([table.nameOf(index), table.hardwareOf('lo'), typeof table.isUp('lo')], ['lo', 772, 'boolean']);
  for (const name of ['nobody', '', 'a name that is much too long', 'lo\0x'])
    assert.deepEqual([table.indexOf(name), table.hardwareOf(name), table.isUp(name)], [undefined, undefined, undefined]);
  assert.equal(table.nameOf(2 ** 30), undefined);
});
