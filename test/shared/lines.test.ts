import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lines } from '#shared/lines.ts';

const decode = (bytes: Uint8Array) => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);

test('they are UTF-8, whatever memory they begin with', () => {
  for (const memory of [undefined, new ArrayBuffer(0), new ArrayBuffer(10), new Uint8Array(1_000_000).fill(65).buffer])
    for (const line of ['', 'a\n', 'é\n', '漢\n', '😀\n', `${'漢😀'.repeat(30_000)}\n`]) {
      const lines = new Lines(memory);
      for (let count = 0; count < 20; count += 1) lines.write(line);
      assert.equal(decode(lines.take()), line.repeat(20), `${line.slice(0, 4)} ${memory?.byteLength}`);
    }
  const many = new Lines();
  for (let count = 0; count < 30_000; count += 1) many.write(`${count} 漢\n`);
  assert.equal(decode(many.take()), Array.from({ length: 30_000 }, (_, count) => `${count} 漢\n`).join(''));
});

test('a heading goes before the line that comes for it, once', () => {
  const lines = new Lines();
  lines.head('# a\n');
  lines.write('1\n');
  lines.write('2\n');
  lines.head('# nobody\n');
  lines.head('# b\n');
  lines.write('3\n');
  lines.head('# nobody either\n');
  assert.equal(decode(lines.take()), '# a\n1\n2\n# b\n3\n');
  lines.write('4\n');
  assert.equal(decode(lines.take()), '4\n', 'nothing is left of what was taken');
});

test('what was taken stays as it is', () => {
  const lines = new Lines();
  lines.write('a\n');
  const taken = lines.take();
  lines.write('b\n');
  assert.equal(decode(lines.take()), 'b\n');
  assert.equal(decode(taken), 'a\n');
});
