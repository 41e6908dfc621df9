import type { MessagePort } from 'node:worker_threads';
import { codeOf, Exit, exitCode, isDenied, messageOf } from '#shared/exit.ts';
import { InterfaceTable } from '#shared/linux/interface-table.ts';
import type { Libc } from '#shared/linux/libc.ts';
import { linkTypeOfHardware } from '../link-type.ts';
import { fileBatch, PacketWriter } from '../pcapng/packet-writer.ts';
import { type Section, SinkFull } from '../sink.ts';
import { BothSinks } from './both-sinks.ts';
import { CaptureSection } from './capture-section.ts';
import { Capturing } from './capturing.ts';
import { type CaptureSink, CountingSink } from './counting-sink.ts';
import { listInterfaces } from './interfaces.ts';
import type { CaptureEnd, CapturePlan, CaptureStart, CaptureStatistics, CaptureTarget, Told } from './messages.ts';
import { MetInterfaces } from './met-interfaces.ts';
import { Orders } from './orders.ts';
import { PacketSocket } from './packet-socket.ts';
import { Ring } from './ring.ts';
import { StdoutSink } from './stdout-sink.ts';
import { ViewSink } from './view-sink.ts';

/** Captures what it is started with, until it is told to stop. Tells what happens, and at last that it ended, and why. */
export async function captureUntilStopped(libc: Libc, port: MessagePort, { plan, wake }: CaptureStart): Promise<void> {
  const tell = (told: Told) => port.postMessage(told, told.type === 'blocks' ? [told.blocks] : []);
  let capturing: Capturing | undefined;
  try {
    capturing = await openCapture(libc, plan, new Orders(libc, port, wake), tell);
    tell({ type: 'capturing' });
    const why = capturing.run();
    tell({ type: 'ended', why, statistics: capturing.statistics() });
  } catch (error) {
    const why = endOf(error, plan);
    tell({ type: 'ended', why, statistics: capturing?.giveUp() ?? nothing });
  }
  capturing?.close();
}

const nothing: CaptureStatistics = { received: 0, dropped: 0, captured: 0, unwritten: 0, bytes: 0 };

/** The socket comes first: where it is denied no file is begun, and none is written over. @throws Exit, SinkFull, Error with the code EPIPE */
async function openCapture(libc: Libc, plan: CapturePlan, orders: Orders, tell: (told: Told) => void): Promise<Capturing> {
  const interfaces = new InterfaceTable(libc);
  const only = plan.interface === undefined ? undefined : interfaceNamed(libc, interfaces, plan.interface);
  const socket = openSocket(libc, plan, only?.index ?? 0);
  try {
    const met: MetInterfaces = new MetInterfaces(
      (index) => interfaces.nameOf(index),
      (place, seconds) => writer.describe(section.describe(place), seconds * 1000),
    );
    const section = new CaptureSection(plan, met.all, () => socket.counts());
    const sink = new CountingSink(await openSink(libc, plan.target, section, orders, tell));
    // who looks on wants packets at once
    const isFile = plan.target.type === 'files' && !plan.target.view;
    const writer = new PacketWriter(sink, { ...plan, ...(isFile && { batch: fileBatch }) });
    if (only !== undefined) met.of(only.index, only.hardware, Math.floor(Date.now() / 1000));
    const count = plan.count ?? Number.POSITIVE_INFINITY;
    return new Capturing({
      socket,
      ring: new Ring(socket),
      met,
      writer,
      sink,
      orders,
      interfaces,
      only,
      count,
      gathers: isFile,
      tell,
    });
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** Files and the recorder are loaded where they are needed. */
async function openSink(
  libc: Libc,
  target: CaptureTarget,
  section: Section,
  orders: Orders,
  tell: (told: Told) => void,
): Promise<CaptureSink> {
  if (target.type === 'stdout') return new StdoutSink(libc, section, orders);
  if (target.type === 'view') return new ViewSink(section, orders, tell);
  if (target.type === 'recorder') {
    const { RecorderSink } = await import('../recorder/recorder-sink.ts');
    return new RecorderSink(target.plan, section, tell);
  }
  const { FileSink } = await import('../files/file-sink.ts');
  const files = new FileSink(target.plan, section, tell);
  return target.view ? new BothSinks(files, new ViewSink(section, orders, tell)) : files;
}

interface NamedInterface {
  readonly name: string;
  readonly index: number;
  readonly hardware: number;
}

function interfaceNamed(libc: Libc, interfaces: InterfaceTable, name: string): NamedInterface {
  const index = interfaces.indexOf(name);
  const hardware = interfaces.hardwareOf(name);
  if (index !== undefined && hardware !== undefined && linkTypeOfHardware(hardware) !== undefined)
    return { name, index, hardware };
  if (hardware !== undefined)
    throw new Exit(
      exitCode.settings,
      `${name} carries neither Ethernet nor IP, and nothing else can be captured (its type is ${hardware})`,
    );
  const others = listInterfaces(libc).map((link) => link.name);
  throw new Exit(
    exitCode.settings,
    `there is no interface ${name} here: name one of ${others.join(', ')}, or none for all of them`,
  );
}

function openSocket(libc: Libc, { program, ringSize }: CapturePlan, index: number): PacketSocket {
  try {
    return new PacketSocket(libc, { index, program, ringSize });
  } catch (error) {
    const code = codeOf(error);
    if (isDenied(error)) throw new Denied();
    if (code === 'ENOMEM')
      throw new Exit(
        exitCode.failed,
        `the kernel has no ${Math.ceil(ringSize / 2 ** 20)} MiB of memory for packets: give a smaller --buffer`,
        { cause: error },
      );
    if (code === 'EAFNOSUPPORT')
      throw new Exit(exitCode.failed, 'this kernel has no packet sockets, or a seccomp profile forbids them', { cause: error });
    throw error;
  }
}

/** The kernel lets us capture nothing. */
class Denied extends Exit {
  constructor() {
    super(
      exitCode.permission,
      'to capture packets needs NET_RAW, which only root gets: add --cap-add NET_RAW --user 0 to docker run, or runAsUser: 0 and capabilities: {add: [NET_RAW]} to the securityContext in Kubernetes',
    );
  }
}

function endOf(error: unknown, { target }: CapturePlan): CaptureEnd {
  // who reads has enough, as head(1)
  if (target.type === 'stdout' && codeOf(error) === 'EPIPE') return { type: 'done' };
  if (error instanceof SinkFull) return { type: 'full', words: error.message };
  const code = error instanceof Exit ? error.code : exitCode.failed;
  return { type: 'failed', words: messageOf(error), isDenied: error instanceof Denied, exitCode: code };
}
