import { statSync } from 'node:fs';
import { Exit, exitCode } from '#shared/exit.ts';
import type { NetprobeLife } from '../netprobe.ts';
import { filesPlan, privacyOf } from './capture-plan.ts';
import { claimCaptureFiles } from './files/claim.ts';
import { FileSink } from './files/file-sink.ts';
import type { FilesPlan } from './files/plan.ts';
import type { CapturedInterface, Frame } from './frame.ts';
import { namedFilter } from './named-filter.ts';
import { CaptureFileError } from './pcapng/capture-file-error.ts';
import { FrameReader } from './pcapng/frame-reader.ts';
import { captureFileChunks } from './pcapng/open-capture-file.ts';
import { fileBatch, PacketWriter } from './pcapng/packet-writer.ts';
import { FrameChoice } from './read/frame-choice.ts';
import { PrintedBlocks } from './read/printed-blocks.ts';
import { ReadSection } from './read/read-section.ts';
import { type BlockSink, SinkFull } from './sink.ts';
import type { CaptureOptions } from './verb.ts';
import { openViewer } from './viewer.ts';

/** Where packets of a file go. */
interface Outlet {
  /** An interface, before its packets. */
  interface(captured: CapturedInterface): void;
  frame(frame: Frame): boolean;
  flush(): Promise<void>;
  /** There are no more. */
  end(): Promise<void>;
}

/** Shows packets of a file, or writes those of them that pass the filter to another one. @throws Exit */
export async function readPackets(life: NetprobeLife, given: CaptureOptions, path: string): Promise<void> {
  const { stopping, log } = life;
  const choice = new FrameChoice(await namedFilter(given.words), given);
  const over = new AbortController();
  const section = new ReadSection(given);
  const outlets = openOutlets(life, given, section, over);
  const most = given.count ?? Infinity;
  let read = 0;
  let taken = 0;
  const reader = new FrameReader({
    comment: (text) => section.comment(text),
    interface: (captured) => {
      for (const outlet of outlets) outlet.interface(captured);
    },
    frame: (frame) => {
      read += 1;
      if (taken >= most || !choice.takes(frame)) return;
      const kept = choice.kept(frame);
      if (outlets.map((outlet) => outlet.frame(kept)).some(Boolean)) taken += 1;
      if (taken >= most) over.abort();
    },
  });
  const failure = await readAll(reader, path, AbortSignal.any([stopping, over.signal]), outlets);
  for (const outlet of outlets) await outlet.end();
  log.debug({ read, taken }, 'read');
  if (failure !== undefined) throw failure;
}

/** @returns what is wrong with the file: what stands before that is read all the same. @throws Exit */
async function readAll(
  reader: FrameReader,
  path: string,
  ending: AbortSignal,
  outlets: readonly Outlet[],
): Promise<Error | undefined> {
  try {
    for await (const chunk of captureFileChunks(path, ending)) {
      reader.push(chunk);
      for (const outlet of outlets) await outlet.flush();
      if (ending.aborted) return undefined;
    }
    if (!ending.aborted) reader.end();
    return undefined;
  } catch (error) {
    if (error instanceof CaptureFileError) return new Exit(exitCode.failed, `${path}: ${error.message}`, { cause: error });
    // an unreadable file has packets before the place that is wrong
    if (error instanceof Exit) return error;
    throw error;
  }
}

function openOutlets(life: NetprobeLife, given: CaptureOptions, section: ReadSection, over: AbortController): readonly Outlet[] {
  const isShown = given.write === undefined || given.print;
  return [
    ...(given.write === undefined ? [] : [writingOutlet(life, given, section)]),
    ...(isShown ? [viewingOutlet(given, over)] : []),
  ];
}

function viewingOutlet(given: CaptureOptions, over: AbortController): Outlet {
  const viewer = openViewer(given, over.signal, () => over.abort());
  return { interface: () => {}, frame: (frame) => viewer.frame(frame), flush: () => viewer.flush(), end: () => viewer.finish() };
}

/** @throws Exit where the file that is written is the one that is read: it would be empty before it was read. */
function refuseSameFile(read: string, { path, numbered }: FilesPlan): void {
  if (numbered) return;
  const [from, to] = [read, path].map((file) => statSync(file, { throwIfNoEntry: false }));
  if (from === undefined || to === undefined || from.ino !== to.ino || from.dev !== to.dev || !from.isFile()) return;
  throw new Exit(exitCode.settings, `--write=${path} is the file that is read: give it another name`);
}

function writingOutlet({ log }: NetprobeLife, given: CaptureOptions, section: ReadSection): Outlet {
  const plan = filesPlan(given);
  if (plan !== undefined) refuseSameFile(given.read ?? '-', plan);
  const claim = plan && claimCaptureFiles(plan);
  const printed = plan === undefined ? new PrintedBlocks(section) : undefined;
  let sink: BlockSink | undefined = printed;
  let writer: PacketWriter | undefined;
  const open = () => {
    // a file is begun once its first packet is there, so that what stands before it is known
    sink ??= new FileSink(plan as NonNullable<typeof plan>, section, (told) => {
      if (told.type === 'warning') log.warn(told.message);
    });
    writer ??= new PacketWriter(sink, { snapLength: given.snapLength, privacy: privacyOf(given), batch: fileBatch });
    return writer;
  };
  return {
    interface: (captured) => {
      full(() => writer?.flush());
      const block = section.meet(captured);
      // before a file is begun it stands in its head
      full(() => writer?.describe(block, 0));
    },
    frame: (frame) => {
      const writing = open();
      section.count(frame);
      full(() => writing.addFrame(frame));
      return true;
    },
    flush: async () => {
      // a file is in no hurry: long writes cost less
      if (printed === undefined) return;
      full(() => writer?.flush());
      await printed.taken();
    },
    end: async () => {
      open();
      full(() => {
        writer?.flush();
        sink?.close();
      });
      await printed?.taken();
      claim?.release();
    },
  };
}

/** @throws Exit where there is no room for what is written */
function full<T>(write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw error instanceof SinkFull ? new Exit(exitCode.failed, error.message, { cause: error }) : error;
  }
}
