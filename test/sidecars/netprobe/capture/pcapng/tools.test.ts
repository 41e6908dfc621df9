import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { recordExchange } from '../exchange.ts';
import { inPieces, readCapture } from './told.ts';

/** What tshark says of each packet of a file: when it came, and how long it was, and how much of it there is. */
function tsharkOf(path: string): string[] {
  const fields = ['frame.time_epoch', 'frame.len', 'frame.cap_len'].flatMap((name) => ['-e', name]);
  const text = execFileSync('tshark', ['-n', '-r', path, '-T', 'fields', ...fields], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return text.trimEnd().split('\n');
}

/** The same, as we read it. */
function readOf(path: string): string[] {
  const { packets, error } = readCapture(inPieces(readFileSync(path), 65_536));
  assert.equal(error, undefined);
  return packets.map(
    ({ seconds, nanoseconds, length, hex }) => `${seconds}.${String(nanoseconds).padStart(9, '0')}\t${length}\t${hex.length / 2}`,
  );
}

test('files that others write are read as they read them', needs('linux', 'root', 'tcpdump', 'tshark'), async (t) => {
  const { folder, microseconds, nanoseconds, cooked, pcapng } = await recordExchange(t);
  const made = (name: string, ...args: readonly string[]) => {
    const path = join(folder, name);
    execFileSync('editcap', [...args, path], { stdio: 'ignore' });
    return path;
  };
  const merged = join(folder, 'merged.pcapng');
  execFileSync('mergecap', ['-w', merged, cooked, pcapng, nanoseconds], { stdio: 'ignore' });
  const sections = join(folder, 'sections.pcapng');
  execFileSync('sh', ['-c', 'cat "$1" "$2" >"$3"', 'sh', pcapng, merged, sections]);
  const modified = made('modified.pcap', '-F', 'modpcap', microseconds);
  const short = made('short.pcapng', '-s', '70', pcapng);
  for (const path of [nanoseconds, modified, short, sections]) assert.deepEqual(readOf(path), tsharkOf(path), path);

  // the same packets, however they are kept
  const told = (path: string) => {
    const { packets, error } = readCapture([readFileSync(path)]);
    assert.equal(error, undefined);
    return packets.map(({ seconds, nanoseconds: ns, hex }) => ({ seconds, nanoseconds: ns, hex }));
  };
  assert.deepEqual(told(made('ns.pcap', '-F', 'nsecpcap', pcapng)), told(pcapng));
  assert.deepEqual(told(made('ns.pcapng', '-F', 'pcapng', nanoseconds)), told(nanoseconds));
  assert.deepEqual(told(sections).slice(0, told(pcapng).length), told(pcapng));

  const commented = made('commented.pcapng', '-a', '1:a comment', '--capture-comment', 'of the file', pcapng);
  const { comments, interfaces } = readCapture([readFileSync(commented)]);
  assert.deepEqual(comments, ['of the file']);
  assert.deepEqual(interfaces, [{ id: 0, name: 'eth0', linkType: 1 }]);
  const [counted] = readCapture([readFileSync(pcapng)]).statistics as { received?: number; dropped?: number }[];
  assert.equal(counted?.dropped, 0);
  assert.ok((counted?.received ?? 0) >= told(pcapng).length);
  assert.deepEqual(
    new Set(readCapture([readFileSync(cooked)]).packets.map(({ direction }) => direction)),
    new Set(['in', 'out']),
  );
});
