import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rights } from '../../../../../sidecars/backup/databases/mariadb/rights.ts';

test('rights are held on the server, on databases like a pattern, and on tables', () => {
  const rights = new Rights("'a'@'%'", [
    "GRANT SHOW DATABASES, PROCESS ON *.* TO `a`@`%` IDENTIFIED BY PASSWORD '*AB'",
    'GRANT SELECT, SHOW VIEW ON `app`.* TO `a`@`%`',
    'GRANT ALL PRIVILEGES ON `shop\\_%`.* TO `a`@`%` WITH GRANT OPTION',
    'GRANT SELECT (`id`), INSERT ON `other`.`columns` TO `a`@`%`',
    'GRANT SELECT ON `other`.`b``c` TO `a`@`%`',
    'GRANT `role` TO `a`@`%`',
  ]);
  assert.ok(rights.has('PROCESS') && rights.has('PROCESS', 'any'));
  assert.ok(
    rights.has('SELECT', 'app') && !rights.has('TRIGGER', 'app') && !rights.has('SELECT', 'app2') && !rights.has('SELECT'),
  );
  assert.ok(rights.has('EVENT', 'shop_1') && !rights.has('EVENT', 'shopx1'));
  assert.ok(rights.mayRead('app', 'anything') && rights.mayRead('other', 'b`c') && !rights.mayRead('other', 'columns'));
});
