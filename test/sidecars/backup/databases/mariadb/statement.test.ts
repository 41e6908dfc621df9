import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  dropFor,
  unqualified,
  withOwnSequences,
  withoutDefiner,
  withoutForeignDatabases,
} from '../../../../../sidecars/backup/databases/mariadb/statement.ts';

const head = '/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 ';

test('a trigger is made where it is restored to, whatever database somebody wrote', () => {
  for (const [written, made] of [
    [
      'trigger app.t before insert on app.a for each row set @x = app.f()',
      'trigger t before insert on a for each row set @x = app.f()',
    ],
    ['TRIGGER `app` . `t.t` AFTER UPDATE ON`app`.`a b` FOR EACH ROW SET @x=1', undefined],
    [
      'TRIGGER `app` . `t.t` AFTER UPDATE ON `app`.`a b` FOR EACH ROW SET @x=1',
      'TRIGGER `t.t` AFTER UPDATE ON `a b` FOR EACH ROW SET @x=1',
    ],
    [
      'TRIGGER /* app.x */ "app"."t"\n-- on b.c\nbefore delete on a for each row set @x=1',
      'TRIGGER /* app.x */ "t"\n-- on b.c\nbefore delete on a for each row set @x=1',
    ],
    [
      'trigger t before insert on a for each row begin insert into app.b values (1); end',
      'trigger t before insert on a for each row begin insert into app.b values (1); end',
    ],
    [
      'trigger if not exists app.é after insert on app.ü for each row set @x=1',
      'trigger if not exists é after insert on ü for each row set @x=1',
    ],
  ] as const) {
    const sql = `${head}${written} */;;\n`;
    if (made === undefined) assert.throws(() => unqualified(sql), /a trigger is not understood, and not made/);
    else assert.equal(unqualified(sql), `${head}${made} */;;\n`);
  }
  assert.equal(unqualified('CREATE TABLE `trigger` (i int);\n'), 'CREATE TABLE `trigger` (i int);\n');
});

test('accounts are taken out of what belongs to them, and of nothing else', () => {
  for (const [written, left] of [
    [
      `${head}trigger t before insert on a for each row set @x='DEFINER=\`b\`@\`c\` ' */;;`,
      "/*!50003 CREATE*/ /*!50017 */ /*!50003 trigger t before insert on a for each row set @x='DEFINER=`b`@`c` ' */;;",
    ],
    ['CREATE DEFINER=`a``@b`@`%` PROCEDURE `p`() begin end', 'CREATE PROCEDURE `p`() begin end'],
    ['CREATE DEFINER="a"@"%" FUNCTION "f"() returns int return 1', 'CREATE FUNCTION "f"() returns int return 1'],
    ['CREATE DEFINER=`role` PROCEDURE `p`() begin end', 'CREATE PROCEDURE `p`() begin end'],
    [
      '/*!50001 CREATE ALGORITHM=UNDEFINED */\n/*!50013 DEFINER=`a`@`%` SQL SECURITY DEFINER */\n/*!50001 VIEW `v` AS select 1 */;',
      '/*!50001 CREATE ALGORITHM=UNDEFINED */\n/*!50013 SQL SECURITY DEFINER */\n/*!50001 VIEW `v` AS select 1 */;',
    ],
    [
      "CREATE TABLE `DEFINER=` (`a` int DEFAULT 'DEFINER=`a`@`b`')",
      "CREATE TABLE `DEFINER=` (`a` int DEFAULT 'DEFINER=`a`@`b`')",
    ],
  ] as const)
    assert.equal(withoutDefiner(written), left);
});

test('what is dropped before it is made again', () => {
  for (const [made, drop] of [
    ['CREATE TABLE `a``b` (i int)', 'DROP TABLE IF EXISTS `a``b`'],
    ['CREATE SEQUENCE `s` start with 1', 'DROP SEQUENCE IF EXISTS `s`'],
    ['/*!50001 CREATE VIEW `v` AS SELECT\n 1 AS `a` */;', 'DROP VIEW IF EXISTS `v`'],
    [
      '/*!50001 CREATE ALGORITHM=UNDEFINED */\n/*!50013 DEFINER=`a`@`%` SQL SECURITY DEFINER */\n/*!50001 VIEW `v` AS select 1 */;',
      undefined,
    ],
    ['CREATE DEFINER=`FUNCTION `@`%` PROCEDURE `p`() begin end', 'DROP PROCEDURE IF EXISTS `p`'],
    ['CREATE DEFINER=`a`@`%` FUNCTION `f`() returns int return 1', 'DROP FUNCTION IF EXISTS `f`'],
    [
      '/*!50106 CREATE*/ /*!50117 DEFINER=`a`@`%`*/ /*!50106 EVENT `e` ON SCHEDULE EVERY 1 DAY DO SET @x=1 */ ;;',
      'DROP EVENT IF EXISTS `e`',
    ],
    [`${head}trigger t before insert on a for each row set @x=1 */;;`, 'DROP TRIGGER IF EXISTS t'],
  ] as const)
    assert.equal(dropFor(made), drop);
});

test('foreign keys to other databases are left out of what is only looked at', () => {
  const key = (table: string) => `  CONSTRAINT \`k\` FOREIGN KEY (\`a\`) REFERENCES ${table} (\`id\`) ON DELETE CASCADE`;
  const table = (...lines: string[]) => `CREATE TABLE \`t\` (\n${lines.join(',\n')}\n) ENGINE=InnoDB;\n`;
  assert.equal(withoutForeignDatabases(table('  `a` int', key('`o`.`x`'))), table('  `a` int'));
  assert.equal(withoutForeignDatabases(table('  `a` int', key('`o`.`x`'), key('`x`'))), table('  `a` int', key('`x`')));
  assert.equal(withoutForeignDatabases(table('  `a` int', key('`o.x`'))), table('  `a` int', key('`o.x`')));
});

test('defaults come from the sequences that are restored with them', () => {
  const table = (text: string) =>
    `CREATE TABLE \`t\` (\n  \`n\` bigint(20) DEFAULT nextval(${text}),\n  \`m\` varchar(99) DEFAULT 'nextval(\`a\`.'\n);\n`;
  assert.equal(withOwnSequences(table('`a``b`.`s`'), 'a`b'), table('`s`'));
  assert.equal(withOwnSequences(table('`other`.`s`'), 'a'), table('`other`.`s`'));
});
