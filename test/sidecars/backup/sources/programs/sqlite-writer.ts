// Writes to the SQLite database in its first argument without an end, in the journal mode of the second. In every committed state the sum of
// a and b is 0. It says `writing` once it began. With `crash` as third argument it kills itself after its first transactions.
import { DatabaseSync } from 'node:sqlite';

const [path = '', mode = 'wal', crash] = process.argv.slice(2);
const database = new DatabaseSync(path, { timeout: 10_000 });
database.exec(
  `PRAGMA journal_mode = ${mode}; PRAGMA synchronous = OFF; CREATE TABLE balance (id INTEGER PRIMARY KEY, a INT, b INT, filling TEXT)`,
);
const insert = database.prepare('INSERT INTO balance (a, b, filling) VALUES (?, ?, ?)');
const move = database.prepare('UPDATE balance SET a = a + ?, b = b - ?, filling = filling || ? WHERE id = ?');
const pause = new Int32Array(new SharedArrayBuffer(4));

database.exec('BEGIN');
for (let at = 0; at < 3000; at += 1) insert.run(at, -at, 'x'.repeat(at % 300));
database.exec('COMMIT');
if (crash !== undefined) process.kill(process.pid, 'SIGKILL');
process.stdout.write('writing\n');

for (let at = 0; ; at += 1) {
  database.exec('BEGIN IMMEDIATE');
  for (let part = 0; part < 5; part += 1) move.run(at, at, 'y'.repeat(at % 20), 1 + ((at * 7919 + part * 613) % 3000));
  insert.run(at, -at, 'z');
  database.exec('COMMIT');
  // others get their turn, and it does not grow without bounds
  if (at % 10 === 0) Atomics.wait(pause, 0, 0, 5);
}
