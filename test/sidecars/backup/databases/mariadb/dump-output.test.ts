import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '#harness/random.ts';
import { DumpOutput, hasBegun } from '../../../../../sidecars/backup/databases/mariadb/dump-output.ts';

const table = (name: string, bytes: number) => ({ name, bytes, engine: 'InnoDB', transactional: true, versioned: false });
const heading = (name: string) => `--\n-- Dumping data for table \`${name}\`\n--\n\n`;
const dump = `-- MariaDB dump\n${heading('a``b')}${'x'.repeat(500)}\n${heading('big')}${'y'.repeat(5000)}\n-- Dump completed\n`;

test('each table counts with its size once the next one begins, and by what was read of it until then', () => {
  const output = new DumpOutput([table('a`b', 1000), table('big', 8000)]);
  assert.equal(output.total, 9000);
  const [before = '', first = '', second = ''] = dump.split(/(?=--\n-- Dumping)/);
  const steps = [before, first, second].map((text) => {
    output.see(Buffer.from(text));
    return output.bytes;
  });
  assert.equal(steps[0], 0);
  assert.ok((steps[1] ?? 0) <= 1000);
  assert.ok((steps[2] ?? 0) >= 1000 && (steps[2] ?? 0) <= 9000);
});

test('headings and the end are seen in pieces of any sizes, each once', (t) => {
  const random = seeded(t);
  for (let round = 0; round < 200; round += 1) {
    const output = new DumpOutput([table('a`b', 1000), table('big', 0)]);
    for (let at = 0; at < dump.length; ) {
      assert.ok(!output.whole);
      const end = at + 1 + random.below(700);
      output.see(Buffer.from(dump.slice(at, end)));
      at = end;
    }
    assert.equal(output.bytes, 1000);
    assert.ok(output.whole);
  }
});

test('a dump without its last line is not whole', () => {
  for (const cut of [1, 5, 20, 600].map((less) => dump.slice(0, -less))) {
    const output = new DumpOutput([]);
    output.see(Buffer.from(cut));
    assert.ok(!output.whole);
  }
});

test('what tells that the transaction has begun', () => {
  assert.ok(!hasBegun('-- MariaDB dump\n-- Host: a    Database: b\n-- ------\n-- Server version\t10\n'));
  for (const line of [
    "-- CHANGE MASTER TO MASTER_LOG_FILE='a'",
    '-- Table structure for table `a`',
    "-- Dumping events for database 'a'",
    '-- Dump completed',
  ])
    assert.ok(hasBegun(`-- MariaDB dump\n${line}`));
});
