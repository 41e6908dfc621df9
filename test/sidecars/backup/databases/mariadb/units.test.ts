// Where the statements of a dump end: whatever pieces it comes in, and whatever somebody has written into names, texts and bodies.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '#harness/random.ts';
import { type Unit, unitsOf } from '../../../../../sidecars/backup/databases/mariadb/units.ts';

/** The parts of a dump, as each has to be found: its kind, and its text. */
const parts: readonly (readonly [Unit['kind'], string])[] = [
  ['comment', '/*M!999999\\- enable the sandbox mode */ \n'],
  ['comment', '-- MariaDB dump 10.19\n'],
  ['comment', '--\n'],
  ['comment', '\n'],
  ['statement', "/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;\n"],
  ['comment', '-- Table structure for table `a`\n'],
  ['statement', "CREATE TABLE `a;\n-- b``` (\n  `c` int DEFAULT ';\n' COMMENT 'it''s; \\';\n\\\\'\n) ENGINE=InnoDB;\n"],
  ['rows', "INSERT INTO `a;\n-- b``` VALUES\n(1,'a;b\\n-- c\\'',0xFF),\n(2,'\\\\',NULL);\n"],
  ['rows', 'INSERT INTO `a` VALUES (1);\n'],
  ['statement', '/*!40000 ALTER TABLE `a` ENABLE KEYS */;\n'],
  ['delimiter', 'DELIMITER ;;\n'],
  [
    'statement',
    "/*!50003 CREATE*/ /*!50017 DEFINER=`a`@`%`*/ /*!50003 trigger x before insert on a for each row begin -- it's;;\n set @a = ';;\n'; /* ;; ' */ # ;; \"\n end\n*/;;\n",
  ],
  ['statement', "/*!50003 SET sql_mode              = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES' */ ;;\n"],
  ['statement', 'CREATE FUNCTION "x\\"() RETURNS int RETURN \'\\\';;\n'],
  ['statement', '/*!50003 SET sql_mode              = @saved_sql_mode */ ;;\n'],
  ['statement', "CREATE FUNCTION `y`() RETURNS int RETURN '\\';;\n-- Table structure for table `b`\n' - -1 -\n1;;\n"],
  ['delimiter', 'DELIMITER ;\n'],
  [
    'statement',
    '/*!50001 CREATE ALGORITHM=UNDEFINED */\n/*!50013 DEFINER=`a`@`%` SQL SECURITY DEFINER */\n/*!50001 VIEW `v` AS select 1 */;\n',
  ],
  ['comment', '-- Dump completed\n'],
];
const dump = Buffer.from(parts.map(([, text]) => text).join(''));

async function* inPieces(sizes: () => number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < dump.length; ) {
    const end = at + sizes();
    yield dump.subarray(at, end);
    at = end;
  }
}

/** What was found, the pieces of rows put together. */
async function found(sizes: () => number): Promise<[string, string][]> {
  const units: [string, string][] = [];
  for await (const { kind, bytes } of unitsOf(inPieces(sizes))) {
    const last = units.at(-1);
    if (kind === 'rows' && last?.[0] === 'rows' && !last[1].endsWith(';\n')) last[1] += bytes.toString();
    else units.push([kind, bytes.toString()]);
  }
  return units;
}

test('each part is found, in one piece or byte by byte', async () => {
  assert.deepEqual(await found(() => dump.length), parts);
  assert.deepEqual(await found(() => 1), parts);
});

test('each part is found in pieces of any sizes', async (t) => {
  const random = seeded(t);
  for (let round = 0; round < 200; round += 1) {
    const most = 1 + random.below(300);
    assert.deepEqual(await found(() => 1 + random.below(most)), parts);
  }
});
