import { Exit, exitCode } from '#shared/exit.ts';
import type { NetprobeLife } from '../netprobe.ts';
import { kernelProgram } from './bpf/kernel-program.ts';
import { programBytes } from './bpf/program.ts';
import { captureLibc } from './capture-libc.ts';
import { observeCapture } from './capture-metrics.ts';
import { capturePlan, filesPlan } from './capture-plan.ts';
import { captureWorkerFile } from './capture-worker-file.ts';
import { claimCaptureFiles } from './files/claim.ts';
import type { ClosedFile, FilesPlan } from './files/plan.ts';
import type { Uploads } from './files/uploads.ts';
import { heedOwner } from './heed-owner.ts';
import { namedFilter, orExit } from './named-filter.ts';
import { FrameReader } from './pcapng/frame-reader.ts';
import { LiveCapture } from './ring/live-capture.ts';
import type { CaptureEnd, CapturePlan, CaptureStatistics } from './ring/messages.ts';
import type { CaptureOptions } from './verb.ts';
import { openViewer, type Viewer } from './viewer.ts';

/** What it takes to take back what is on its way to S3, in milliseconds. */
const farewell = 1500;

const nothingYet: CaptureStatistics = { received: 0, dropped: 0, captured: 0, unwritten: 0, bytes: 0 };

/** Captures packets from the network until it is told to stop, or has what it was asked for. @throws Exit */
export async function captureLive(life: NetprobeLife, given: CaptureOptions): Promise<void> {
  const { log, stopping } = life;
  const libc = captureLibc();
  const expression = await namedFilter(given.words);
  const plan = capturePlan(given, programBytes(orExit(() => kernelProgram(expression, given))));
  const files = filesPlan(given);
  const claim = files && claimCaptureFiles(files);
  const uploads = files && (await openUploads(life, given, files));
  const last = lastMoment(life);
  const over = new AbortController();
  const stop = () => capture.stop();
  const viewer = isShown(plan) ? openViewer(given, over.signal, stop) : undefined;
  // who asked for an admin server wants to know when it captures
  const part = life.origins.admin?.from === 'flag' ? life.health.part('capture') : undefined;
  let latest = nothingYet;
  observeCapture(life.metrics, { statistics: () => latest, uploads: uploads && (() => uploads.counts) });
  life.onStatus(() => ({ capture: latest, ...(uploads && { uploads: uploads.counts }) }));
  const hear = {
    capturing: () => {
      part?.ok();
      // in a terminal it would stand in the table
      const level = given.flows && process.stdout.isTTY ? 'debug' : 'info';
      log[level]({ filter: plan.filter }, `capturing at ${plan.interface ?? 'all interfaces'}`);
    },
    statistics: (statistics: CaptureStatistics) => {
      latest = statistics;
      viewer?.dropped(statistics.dropped);
    },
    warning: (message: string) => log.warn(message),
    closed: (file: ClosedFile) => {
      log.info(file, `${file.path} is whole`);
      uploads?.add(file);
    },
    ...(viewer && { blocks: shown(viewer, given, stop) }),
  };
  const capture = new LiveCapture(libc, captureWorkerFile, plan, hear);
  if (stopping.aborted) stop();
  stopping.addEventListener('abort', stop, { once: true });
  const timer = given.for === undefined ? undefined : setTimeout(stop, given.for);
  if (given.keep !== undefined) await heedTriggers(life, given, capture, over.signal);
  const demandOwner = heedOwner(life, libc, over.signal, stop);
  const watching = viewer?.watch();
  try {
    const { why, statistics } = await capture.ended;
    latest = statistics;
    viewer?.dropped(statistics.dropped);
    over.abort();
    await watching;
    if (why.type !== 'failed') await viewer?.finish();
    await uploads?.close(last);
    tellEnd(life, why, statistics);
    demandOwner();
  } finally {
    over.abort();
    clearTimeout(timer);
    claim?.release();
  }
}

function isShown({ target }: CapturePlan): boolean {
  return target.type === 'view' || (target.type === 'files' && target.view);
}

/** Shows blocks. Where only those are shown that match, it counts those. */
function shown(
  viewer: Viewer,
  { match, count = Infinity }: CaptureOptions,
  stop: () => void,
): (blocks: Uint8Array) => Promise<void> {
  const most = match === undefined ? Infinity : count;
  let matches = 0;
  const reader = new FrameReader({
    frame: (frame) => {
      if (matches >= most) return;
      if (viewer.frame(frame)) matches += 1;
      if (matches === most) stop();
    },
  });
  return (blocks) => {
    reader.push(blocks);
    return viewer.flush();
  };
}

/** SIGUSR1, and what --on names, save what is remembered. */
async function heedTriggers(
  { log, health }: NetprobeLife,
  { on = [], onEvery: every }: CaptureOptions,
  capture: LiveCapture,
  signal: AbortSignal,
): Promise<void> {
  const save = (reason: string) => {
    log.info({ reason }, 'something happened: saving what is remembered');
    capture.save(reason);
  };
  const signalled = () => save('SIGUSR1');
  process.on('SIGUSR1', signalled);
  signal.addEventListener('abort', () => process.off('SIGUSR1', signalled), { once: true });
  if (on.length === 0) return;
  const { Triggers } = await import('./recorder/triggers.ts');
  new Triggers(on, { every, log, fire: save, part: health.part('triggers') }).start(signal);
}

/** What an earlier capture of these names left is uploaded first. @throws Exit */
async function openUploads(life: NetprobeLife, { to }: CaptureOptions, files: FilesPlan): Promise<Uploads | undefined> {
  if (to === undefined) return undefined;
  const { Uploads } = await import('./files/uploads.ts');
  const { reachS3 } = await import('./files/reach-s3.ts');
  const uploads = new Uploads({ ...life, to, s3: reachS3(life.settings) });
  uploads.takeOver(files);
  return uploads;
}

/** Aborts a moment before the grace of a stop is over: what is not done by then stays as it is. */
function lastMoment({ settings, stopping }: NetprobeLife): AbortSignal {
  const last = new AbortController();
  const begin = () => void setTimeout(() => last.abort(), Math.max(0, settings.grace - farewell)).unref();
  if (stopping.aborted) begin();
  else stopping.addEventListener('abort', begin, { once: true });
  return last.signal;
}

function tellEnd({ log }: NetprobeLife, why: CaptureEnd, statistics: CaptureStatistics): void {
  const { captured, dropped, unwritten } = statistics;
  const lost = [
    ...(dropped > 0
      ? [`the kernel dropped ${dropped}, for want of room: give a larger --buffer, a filter, or a smaller --snap-length`]
      : []),
    ...(unwritten > 0 ? [`${unwritten} were not written`] : []),
  ];
  if (why.type !== 'failed')
    log[lost.length > 0 ? 'warn' : 'info'](statistics, [`captured ${captured} packets`, ...lost].join('; '));
  if (why.type === 'full') throw new Exit(exitCode.failed, why.words);
  if (why.type === 'failed') throw new Exit(why.exitCode, why.words);
}
