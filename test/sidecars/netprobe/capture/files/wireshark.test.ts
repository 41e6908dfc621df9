import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { FileSink } from '../../../../../sidecars/netprobe/capture/files/file-sink.ts';
import type { FilesPlan } from '../../../../../sidecars/netprobe/capture/files/plan.ts';
import { PacketWriter, packetFlags } from '../../../../../sidecars/netprobe/capture/pcapng/packet-writer.ts';
import { CaptureSection } from '../../../../../sidecars/netprobe/capture/ring/capture-section.ts';
import { type MetInterface, MetInterfaces } from '../../../../../sidecars/netprobe/capture/ring/met-interfaces.ts';
import { Hearer, namesIn, planFor, range } from './numbered-packets.ts';

const start = Date.UTC(2026, 2, 4) / 1000;
const ethernet = 1;

/** Captures packets of three interfaces, which are met one after the other, into files. The last two bytes of each are its number. */
function captureInto(plan: FilesPlan, count: number): Hearer {
  const heard = new Hearer();
  const all: MetInterface[] = [];
  const facts = { comments: ['of a test'], filter: 'tcp', snapLength: 262_144 };
  const section = new CaptureSection(facts, all, () => ({ received: count, dropped: 3 }));
  const sink = new FileSink(plan, section, heard.hear);
  const writer = new PacketWriter(sink, { snapLength: facts.snapLength, privacy: 'all' });
  const met = new MetInterfaces(
    (index) => `eth${index}`,
    (place, seconds) => writer.describe(section.describe(place), seconds * 1000),
  );
  const words = new Uint32Array(64);
  const bytes = Buffer.from(words.buffer);
  for (let number = 0; number < count; number += 1) {
    const seconds = start + Math.floor(number / 1000);
    const place = met.of(Math.floor((number * 3) / count), ethernet, seconds);
    if (all.length < met.all.length) all.push(place);
    // an experimental EtherType (IEEE 802), so that nothing is taken apart
    bytes.set([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xb5]);
    bytes.set(randomBytes(50), 14);
    new DataView(words.buffer).setUint16(64, number);
    writer.add({ bytes, words }, 0, 66, 66, seconds, number % 1000, place, packetFlags.in);
    place.packets += 1;
  }
  writer.flush();
  sink.close();
  assert.deepEqual(heard.warnings, []);
  return heard;
}

for (const [name, rest] of [
  ['by size', { size: 130_000 }],
  ['by time', { every: 1000 }],
  ['by size, compressed', { size: 80_000, zstd: true }],
] as const)
  test(
    `Wireshark reads each file that rotates ${name} without a complaint, and finds each packet, in order`,
    needs('tshark'),
    (t) => {
      const folder = temporaryFolder(t);
      const count = 3000;
      const heard = captureInto(planFor(join(folder, 'web-%H%M%S.pcapng'), rest), count);
      assert.ok(heard.closed.length >= 3, `${heard.closed.length} files`);
      const numbers: number[] = [];
      const interfaces = new Set<string>();
      for (const [index, file] of namesIn(folder).entries()) {
        const path = join(folder, file);
        const shown = spawnSync('tshark', ['-n', '-r', path, '-T', 'fields', '-e', 'frame.interface_name', '-e', 'data.data'], {
          encoding: 'utf8',
          maxBuffer: 2 ** 26,
        });
        // as root it says that this is dangerous, and no more
        assert.equal(shown.stderr.replace(/^Running as user "root".*\n/, ''), '');
        assert.equal(shown.status, 0);
        const lines = shown.stdout.trimEnd().split('\n');
        assert.equal(lines.length, heard.closed[index]?.packets);
        for (const line of lines) {
          const [interfaceName = '', data = ''] = line.split('\t');
          interfaces.add(interfaceName);
          numbers.push(Number.parseInt(data.slice(-4), 16));
        }
      }
      const facts = spawnSync('capinfos', ['-c', '-M', '-T', '-r', ...heard.closed.map(({ path }) => path)], {
        encoding: 'utf8',
      });
      assert.equal(facts.status, 0, facts.stderr);
      assert.deepEqual(
        facts.stdout.trimEnd().split('\n'),
        heard.closed.map(({ path, packets }) => `${path}\t${packets}`),
      );
      assert.deepEqual(numbers, range(0, count));
      assert.deepEqual([...interfaces], ['eth0', 'eth1', 'eth2']);
    },
  );
