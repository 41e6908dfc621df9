// Many files, large files, and files that hold no lines at all.
import { closeSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { openDescriptors, privateMemory, processorTime } from '#harness/proc.ts';
import { until } from '#harness/until.ts';
import { append, scene } from '../scene.ts';
import { messagesOf, outcomeOf } from './outcome.ts';
import { type Outcome, pidOf, type Setting, type Trap } from './trap.ts';

/** Within how many milliseconds a line of a new file has to be at the receiver. */
const visibleWithin = 300;

async function newFiles(setting: Setting): Promise<Outcome> {
  const { t, random, scale } = setting;
  const play = await scene(t);
  append(play.path('first.log'), 'first\n');
  const written = ['first'];
  const sidecar = play.start();
  await play.receiver.got(1);
  // the kernel is asked for hints after the first scan
  await pause(500);
  const latencies: number[] = [];
  for (let file = 0; file < 5; file += 1) {
    const line = `${random.next()} of a new file`;
    const begun = performance.now();
    append(play.path(`${file}.log`), `${line}\n`);
    written.push(line);
    while (!play.receiver.messages.includes(line) && performance.now() - begun < 60_000) await pause(2);
    latencies.push(performance.now() - begun);
    await pause(random.below(300));
  }
  const worst = Math.max(...latencies);
  const late = scale === 'whole' && worst >= visibleWithin;
  const broken = late ? [`a line of a new file took ${worst.toFixed(0)} ms`] : [];
  return outcomeOf(setting, { scene: play, sidecar, written, broken, told: `after ${worst.toFixed(0)} ms at the latest` });
}

/** How many descriptors a sidecar may have open, however many files it follows. */
const mostDescriptors = 100;

async function idleFiles(setting: Setting): Promise<Outcome> {
  const { t, scale } = setting;
  const files = scale === 'quick' ? 1500 : 10_000;
  const play = await scene(t);
  const written = Array.from({ length: files }, (_, file) => `the only line of ${file}`);
  for (const [file, line] of written.entries()) append(play.path(`${file}.log`), `${line}\n`);
  const sidecar = play.start();
  const pid = pidOf(sidecar);
  await play.receiver.got(files);
  await until('files are closed', () => openDescriptors(pid) < mostDescriptors).catch(() => undefined);
  const open = openDescriptors(pid);
  const broken = open < mostDescriptors ? [] : [`${open} descriptors are open`];
  const seconds = scale === 'quick' ? 1 : 10;
  const before = processorTime(pid);
  await pause(seconds * 1000);
  const share = ((processorTime(pid) - before) / seconds) * 100;
  const memory = privateMemory(pid) / 2 ** 20;
  append(play.path('7.log'), 'and one more\n');
  const told = `${open} descriptors, ${share.toFixed(1)} % CPU, ${memory.toFixed(0)} MiB`;
  return outcomeOf(setting, { scene: play, sidecar, written: [...written, 'and one more'], broken, told });
}

async function oneLineEach(setting: Setting): Promise<Outcome> {
  const { t, random, scale } = setting;
  const files = scale === 'quick' ? 500 : 5000;
  const play = await scene(t);
  const written = Array.from({ length: files }, (_, file) => `${random.next()} is the only line of ${file}`);
  for (const [file, line] of written.entries()) append(play.path(`${file}.log`), random.below(2) === 0 ? line : `${line}\n`);
  const { code, stderr } = await play.start({}, ['--once']).ended;
  const broken = code === 0 ? [] : [`the job ended with ${code}: ${stderr}`];
  return outcomeOf(setting, { scene: play, sidecar: undefined, written, broken });
}

async function noText(setting: Setting): Promise<Outcome> {
  const { t, random, scale } = setting;
  const size = scale === 'quick' ? 2 ** 20 : 20_000_000;
  const play = await scene(t);
  const program = Buffer.alloc(size);
  const file = openSync(process.execPath, 'r');
  readSync(file, program, 0, size, 0);
  closeSync(file);
  const noise = Buffer.alloc(size / 4);
  for (let at = 0; at < noise.length; at += 1) noise[at] = random.below(256);
  writeFileSync(play.path('program.log'), program);
  writeFileSync(play.path('noise.log'), noise);
  const { code, stderr } = await play.start({}, ['--once']).ended;
  const broken = code === 0 ? [] : [`the job ended with ${code}: ${stderr}`];
  const written = [program, noise].flatMap((bytes) => linesOf(bytes).map(withOneReplacement));
  const received = () => messagesOf(play.receiver.records).map(withOneReplacement);
  return outcomeOf(setting, { scene: play, sidecar: undefined, written, received, broken });
}

/** The lines of bytes that are no text, decoded as the standard for encodings says. */
function linesOf(bytes: Buffer): string[] {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const found = bytes.indexOf(10, at);
    const end = found < 0 ? bytes.length : found;
    lines.push(decoder.decode(bytes.subarray(at, found > at && bytes[end - 1] === 13 ? end - 1 : end)));
    at = end + 1;
  }
  return lines;
}

/** A sequence that is cut by the end of a piece of an overlong line is replaced twice. */
function withOneReplacement(line: string): string {
  return line.replaceAll(/\ufffd+/g, '\ufffd');
}

async function large(setting: Setting): Promise<Outcome> {
  const { t, random, scale } = setting;
  const size = scale === 'quick' ? 20e6 : 2e9;
  let [arrived, bytes] = [0, 0];
  // not the receiver that remembers everything
  const server = createServer((request, response) => {
    request.on('data', (part: Buffer) => {
      bytes += part.length;
      for (let at = part.indexOf(10); at >= 0; at = part.indexOf(10, at + 1)) arrived += 1;
    });
    request.on('end', () => response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const play = await scene(t, '*.log', { LOGS_TO: url, LOGS_HOST: 'host' });
  const file = openSync(play.path('large.log'), 'w');
  let [written, messages] = [0, 0];
  for (let total = 0; total < size; ) {
    const line = `GET /api/v1/orders?id=${random.below(1e6)} 200 ${'x'.repeat(random.below(120))}`;
    const text = Buffer.from(`${line}\n`.repeat(2000));
    writeSync(file, text);
    total += text.length;
    written += 2000;
    messages += line.length * 2000;
  }
  closeSync(file);
  const { code, stderr } = await play.start({}, ['--once']).ended;
  const broken = code === 0 ? [] : [`the job ended with ${code}: ${stderr}`];
  const around = JSON.stringify({ time: new Date().toISOString(), message: '', file: play.path('large.log'), host: 'host' });
  const expected = written * (around.length + 1) + messages;
  if (arrived === written && bytes !== expected) broken.push(`${bytes} bytes arrived, where ${expected} were to be expected`);
  const outcome = await outcomeOf(setting, { scene: play, sidecar: undefined, written: [], broken });
  const lost = Array<string>(Math.max(0, written - arrived)).fill('a line');
  const told = `${written} lines in ${(size / 1e6).toFixed(0)} MB`;
  return { ...outcome, lost, duplicates: Math.max(0, arrived - written), told };
}

export const amounts: readonly Trap[] = [
  {
    name: '22',
    title: 'a new file',
    bound: `0 duplicates, visible in < ${visibleWithin} ms`,
    alone: true,
    play: newFiles,
  },
  {
    name: '26',
    title: '10,000 idle files',
    bound: `0 duplicates, < ${mostDescriptors} open descriptors`,
    needs: ['linux'],
    alone: true,
    play: idleFiles,
  },
  { name: 'files', title: '5,000 files of one line', bound: '0 duplicates', play: oneLineEach },
  { name: 'binary', title: 'a program and noise, renamed to .log', bound: '0 duplicates', play: noText },
  { name: 'large', title: 'a file of 2 GB', bound: '0 duplicates', alone: true, play: large },
];
