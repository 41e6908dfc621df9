// netprobe capture: packets of a neighbour's namespace, shown, written, or remembered until something happens.
//
//   ring/        the thread that captures: packets out of a ring that it shares with the kernel, to a sink
//   bpf/         the language of filters, and the programs that it becomes
//   pcapng/      what goes between all parts, and what files are made of
//   files/       files that rotate, and their way to S3
//   recorder/    the last minute, kept until something happens
//   decode/      packets taken apart
//   view/        a line for each, or more
//   flows/       a table of conversations
import type { NetprobeLife } from '../netprobe.ts';
import { captureLive } from './capture-live.ts';
import { readPackets } from './read-packets.ts';
import { showInterfaces } from './show-interfaces.ts';
import { type CaptureOptions, plainOptions } from './verb.ts';

/** `netprobe capture`: packets from the network or from a file, to a person, to files, or to both. @throws Exit */
export async function capture(life: NetprobeLife, asked: CaptureOptions): Promise<void> {
  const given = plainOptions(asked);
  if (given.listInterfaces) await showInterfaces(given);
  else if (given.read === undefined) await captureLive(life, given);
  else await readPackets(life, given, given.read);
}
