// What is kept of names that come again and again, however many there are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recent } from '../../../sidecars/logs/record/recent.ts';

test('what was made lately is kept, and what was made long ago is made again', () => {
  const recent = new Recent<string>();
  const made: string[] = [];
  const of = (name: string) =>
    recent.of(name, () => {
      made.push(name);
      return `of ${name}`;
    });
  const names = Array.from({ length: 1000 }, (_, index) => `/var/log/${index}.log`);
  for (const name of names) for (let time = 0; time < 3; time += 1) assert.equal(of(name), `of ${name}`);
  assert.deepEqual(made, names);
  made.length = 0;
  for (const name of names.slice(-100)) of(name);
  assert.deepEqual(made, []);
  for (const name of names.slice(0, 100)) assert.equal(of(name), `of ${name}`);
  assert.deepEqual(made, names.slice(0, 100));
});
