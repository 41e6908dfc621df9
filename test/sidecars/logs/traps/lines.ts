// What a line is: halves, lengths, bytes, partials of Docker and CRI, stack traces.
import { setTimeout as pause } from 'node:timers/promises';
import { append, scene, settle } from '../scene.ts';
import { outcomeOf } from './outcome.ts';
import type { Outcome, Setting, Trap } from './trap.ts';

async function halves(setting: Setting): Promise<Outcome> {
  const { t, random } = setting;
  const play = await scene(t);
  const written: string[] = [];
  let sidecar = play.start();
  for (const between of ['pause', 'stop', 'kill'] as const) {
    const [whole, half, other] = [random.next(), random.next(), random.next()];
    append(play.path('app.log'), `whole ${whole}\nfirst half ${half}, `);
    written.push(`whole ${whole}`);
    await play.receiver.got(written.length);
    await settle();
    if (between !== 'pause') {
      await sidecar.stop(between === 'stop' ? 'SIGTERM' : 'SIGKILL');
      sidecar = play.start();
    }
    append(play.path('app.log'), `second half ${other}\n`);
    written.push(`first half ${half}, second half ${other}`);
    await play.receiver.got(written.length);
  }
  // a kill may come before the position of what arrived last
  return outcomeOf(setting, { scene: play, sidecar, written, mostDuplicates: 5 });
}

async function overlong(setting: Setting): Promise<Outcome> {
  const { t, random } = setting;
  const play = await scene(t);
  const length = 3 * 2 ** 17 + random.below(1000);
  const long = Array.from({ length }, (_, index) => `${String(index).padEnd(6, '.')}é`).join('');
  const written = ['before', long, 'after'];
  const sidecar = play.start();
  // of a line that takes its time, too, nothing may be lost
  const middle = random.below(long.length);
  append(play.path('app.log'), `before\n${long.slice(0, middle)}`);
  await pause(random.below(200));
  append(play.path('app.log'), `${long.slice(middle)}\nafter\n`);
  return outcomeOf(setting, { scene: play, sidecar, written });
}

async function hardBytes(setting: Setting): Promise<Outcome> {
  const { t, random } = setting;
  const play = await scene(t);
  const lines = Array.from({ length: 500 }, () => {
    const bytes = Buffer.from(
      Array.from({ length: random.below(40) }, () =>
        random.pick([
          0, 0x1b, 0x22, 0x5c, 0x7f, 0x80, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xed, 0xa0, 0xf0, 0x9f, 0x98, 0x80, 0xfe, 0xff, 0x61,
        ]),
      ),
    );
    // a byte that is no CR, which would be taken for half of a line end
    return Buffer.concat([bytes, Buffer.from('.')]);
  });
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  append(play.path('app.log'), Buffer.concat(lines.map((line) => Buffer.concat([line, Buffer.from('\n')]))));
  const written = lines.map((line) => decoder.decode(line));
  return outcomeOf(setting, { scene: play, sidecar: play.start(), written });
}

async function lineEnds(setting: Setting): Promise<Outcome> {
  const { t, random } = setting;
  const play = await scene(t);
  const sidecar = play.start();
  const written: string[] = [];
  for (let round = 0; round < 5; round += 1) {
    const lines = Array.from({ length: 100 }, () => random.pick(['', '', 'text', 'a\rb', ' ', `${random.next()}`]));
    // a CR may be the last of a write, and its LF the first of the next
    for (const part of lines
      .map((line) => `${line}${random.pick(['\n', '\r\n'])}`)
      .join('')
      .match(/.{1,97}/gs) ?? []) {
      append(play.path('app.log'), part);
      if (random.below(10) === 0) await pause(5);
    }
    written.push(...lines);
  }
  return outcomeOf(setting, { scene: play, sidecar, written });
}

/** As Docker writes it: a message in pieces of 16 KiB, of which only the last has the line end. */
function dockerLines(message: string, stream: string): string[] {
  const pieces = `${message}\n`.match(/.{1,16384}/gs) ?? [];
  return pieces.map((log) => `${JSON.stringify({ log, stream, time: '2026-11-27T06:00:00.123456789Z' })}\n`);
}

/** As containerd writes it: P for a piece that goes on, F for the last one. */
function criLines(message: string, stream: string): string[] {
  const pieces = message.match(/.{1,16384}/gs) ?? [''];
  return pieces.map(
    (text, index) => `2026-11-27T06:00:00.123456789Z ${stream} ${index + 1 < pieces.length ? 'P' : 'F'} ${text}\n`,
  );
}

async function partials(setting: Setting): Promise<Outcome> {
  const { t, random } = setting;
  const play = await scene(t);
  const written: string[] = [];
  let sidecar = play.start();
  const files = [
    ['docker-json.log', dockerLines],
    ['cri.log', criLines],
  ] as const;
  for (let round = 0; round < 4; round += 1) {
    for (const [name, linesOf] of files) {
      const messages = [16_383, 16_384, 16_385, 1 + random.below(50), 20_000 + random.below(40_000)].map((length, index) =>
        `${name} ${round} ${index} "${random.next()}" `.padEnd(length, 'é\\x'),
      );
      written.push(...messages);
      const text = messages.flatMap((message) => linesOf(message, random.pick(['stdout', 'stderr']))).join('');
      const middle = random.below(text.length);
      append(play.path(name), text.slice(0, middle));
      await pause(random.below(150));
      if (round === 1 && name === 'cri.log') {
        await settle();
        await sidecar.stop();
        sidecar = play.start();
      }
      append(play.path(name), text.slice(middle));
    }
  }
  return outcomeOf(setting, { scene: play, sidecar, written });
}

async function traces(setting: Setting): Promise<Outcome> {
  const { t, random, scale } = setting;
  // a trace may take its time, and still is one record
  const play = await scene(t, '*.log', { LOGS_MULTILINE: 'java', LOGS_MULTILINE_WAIT: '3s', LOGS_BATCH_BYTES: '4Ki' });
  const written: string[] = [];
  let sidecar = play.start();
  const rounds = scale === 'quick' ? 3 : 8;
  for (let round = 0; round < rounds; round += 1) {
    const records = Array.from({ length: 100 }, (_, index) => record(setting, `${round}.${index}`));
    written.push(...records);
    const text = `${records.join('\n')}\n`;
    for (let at = 0; at < text.length; ) {
      const next = at + 1 + random.below(8000);
      append(play.path('app.log'), text.slice(at, next));
      await pause(random.below(30));
      at = next;
    }
    if (round !== 0) continue;
    // in the middle of a trace, which is nowhere but in the file then
    const [first = '', ...frames] = record(setting, 'across a restart', 10).split('\n');
    append(play.path('app.log'), `${first}\n${frames.slice(0, 4).join('\n')}\n`);
    await sidecar.stop();
    append(play.path('app.log'), `${frames.slice(4).join('\n')}\n`);
    written.push([first, ...frames].join('\n'));
    sidecar = play.start();
  }
  return outcomeOf(setting, { scene: play, sidecar, written });
}

/** What a Java application logs: one line, or an exception with its frames and causes. */
function record({ random }: Setting, name: string, frames = random.below(3) === 0 ? 1 + random.below(40) : 0): string {
  const lines = [`2026-11-27 06:00:00,123 ERROR [main] record ${name} ${random.next()}`];
  if (frames > 0) lines[0] += ': java.lang.IllegalStateException: no connection';
  for (let frame = 0; frame < frames; frame += 1) lines.push(`\tat com.example.Service.call(Service.java:${random.below(900)})`);
  if (frames > 5)
    lines.push('Caused by: java.io.IOException: broken pipe', '\tat com.example.Socket.write(Socket.java:7)', '\t... 12 more');
  return lines.join('\n');
}

export const lines: readonly Trap[] = [
  {
    name: '18',
    title: 'half a line, and the other half after a pause, a stop, a kill',
    bound: 'duplicates ≤ what the last position came before',
    play: halves,
  },
  { name: '19', title: 'a line of 3 MiB', bound: '0 duplicates', play: overlong },
  { name: '20', title: 'invalid UTF-8, NUL, ESC', bound: '0 duplicates', play: hardBytes },
  { name: '21', title: 'CRLF and empty lines', bound: '0 duplicates', play: lineEnds },
  { name: '24', title: "Docker's partials of 16 KiB, P and F of CRI", bound: '0 duplicates', play: partials },
  { name: '25', title: 'stack traces across batches, chunks, flushes and a restart', bound: '0 duplicates', play: traces },
];
