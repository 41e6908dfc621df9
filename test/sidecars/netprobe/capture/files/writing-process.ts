// node writing-process.ts PATH [--zstd]: writes packets to files that rotate until it is killed, and prints how many there are after each write.
import { writeSync } from 'node:fs';
import { FileSink } from '../../../../../sidecars/netprobe/capture/files/file-sink.ts';
import { packets, planFor, TestSection } from './numbered-packets.ts';

const [path = '', first = '0', zstd] = process.argv.slice(2);
const plan = planFor(path, { size: 300_000, zstd: zstd !== undefined });
const sink = new FileSink(plan, new TestSection(), () => {});
// what is written takes most of the time, so that a kill hits it
const batch = 400;
const blocks = packets(0, batch, Date.now(), 400);
const stride = blocks.length / batch;
for (let number = Number(first); ; number += batch) {
  for (let at = 0; at < batch; at += 1) blocks.writeUInt32LE(number + at, at * stride + 28);
  sink.write(blocks, batch, Date.now());
  writeSync(1, `${number + batch}\n`);
}
