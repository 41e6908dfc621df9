import { list } from '#shared/config/collections.ts';
import { boolean, bytes, choice, duration, integer, text, url } from '#shared/config/kinds.ts';
import { option, optional, type Values } from '#shared/config/table.ts';
import { verb } from '#shared/config/verb.ts';
import { verbatim } from '#shared/config/verbatim.ts';
import { triggerKind } from './recorder/trigger.ts';
import { timeStyleKind } from './view/line-times.ts';

const on = (help: string) => option(boolean, false, help);
const day = 86_400_000;

/** No frame is longer, in bytes. */
const wholeFrame = 262_144;

const options = {
  words: option(verbatim, [] as readonly string[], 'The filter.'),
  interface: optional(text, 'The interface; -D lists them.', 'all of them'),
  listInterfaces: on('List the interfaces, and end.'),
  count: optional(integer({ min: 1 }), 'How many packets, and then it ends.', 'until it is told to'),
  for: optional(duration({ min: 1, max: 24 * day }), 'How long, and then it ends.', 'until it is told to'),
  direction: option(choice('in', 'out', 'inout'), 'inout', 'Which way packets go.'),
  snapLength: option(
    integer({ min: 0, max: wholeFrame }),
    wholeFrame,
    'How many bytes of each packet are kept; 0 is all of them.',
  ),
  headersOnly: on('Keep the headers up to TCP, UDP or ICMP, and nothing of what is behind them.'),
  mask: on('Put zeros where the payload of TCP, UDP and ICMP is.'),
  buffer: option(
    bytes({ min: 2 ** 20, max: 2 ** 30 }),
    16 * 2 ** 20,
    'Memory of the kernel for packets that are not written yet.',
  ),

  write: optional(
    text,
    'Write pcapng to this file, - is the standard output; %Y, %m, %d, %H, %M, %S stand for when the file was begun, in UTC.',
  ),
  read: optional(
    text,
    'Read packets from this file and not from the network, - is the standard input; pcapng or pcap, also compressed.',
  ),
  print: on('Show packets although they are written.'),
  comment: optional(text, 'Words for the beginning of each file.'),
  rotateSize: optional(bytes({ min: 64 * 1024 }), 'Begin another file before one grows beyond this.'),
  rotateEvery: optional(duration({ min: 1000, max: 24 * day }), 'Begin another file so often.'),
  files: optional(integer({ min: 1, max: 1_000_000 }), 'Keep so many files at most: the oldest go.'),
  disk: optional(bytes({ min: 64 * 1024 }), 'Keep so many bytes of files at most: the oldest go.'),
  zstd: on('Compress files by zstd.'),
  to: optional(url('s3'), 'Upload each file that is whole to s3://BUCKET/FOLDER, and remove it here once it is there.'),

  keep: optional(
    duration({ min: 1000, max: 3_600_000 }),
    'Be a flight recorder: keep what was seen for so long in memory, and write it when SIGUSR1 comes or what --on names happens.',
  ),
  keepMemory: option(bytes({ min: 2 ** 20, max: 2 ** 32 }), 16 * 2 ** 20, 'How much memory that may take.'),
  after: option(duration({ min: 0, max: 3_600_000 }), 5000, 'How long it goes on to write after that.'),
  on: optional(
    list(triggerKind),
    'When to save: a URL that does not answer with 200 to 399 any more, or a metric that passes a bound, such as "http://127.0.0.1:9804/metrics node_netstat_TcpExt_ListenDrops increases by 10".',
  ),
  onEvery: option(duration({ min: 100, max: 3_600_000 }), 5000, 'How often it is asked.'),
  payload: on('Keep the payload in what a flight recorder uploads, where it is masked otherwise.'),

  numeric: on('Numbers instead of names; they are always numbers, the flag is taken for the habit.'),
  verbose: on('Also what is in the headers of IP, and all records of DNS.'),
  time: option(
    timeStyleKind,
    'clock',
    'When: -t not at all, -tt in seconds since 1970, -ttt since the packet before, -tttt with the date, -ttttt since the first.',
  ),
  absolute: on('The numbers of TCP as they are, and not counted from the beginning of the connection.'),
  ascii: on('Also the payload, as text.'),
  hex: on('Also each packet in hexadecimal and ASCII.'),
  linkHeader: on('Also the addresses of the link.'),
  quiet: on('Less of each packet.'),
  match: optional(text, 'Show only packets whose payload this regular expression fits; (?i:…) does not care for capitals.'),
  flows: on('Show a table of conversations instead: packets, bytes, round trip times, retransmits.'),
  every: option(duration({ min: 100, max: 60_000 }), 1000, 'How often the table is drawn anew.'),
  lines: optional(integer({ min: 1, max: 100_000 }), 'How many conversations at most.', 'as many as fit'),
  lineBuffered: on('Each line at once, as it always is; taken for the habit.'),
  json: on('As JSON, a line for each packet or table.'),
};

/** The verb that captures packets. */
export const captureVerb = verb({
  usage: '[-i NAME] [-c N] [-w FILE|-] [-r FILE] [-nvAXeqtSD] [FILTER…]',
  summary:
    'Captures packets, and shows a line for each as tcpdump(8) does, a table of conversations (--flows), or writes pcapng (-w). FILTER is in the words of pcap-filter(7): tcp port 80 and not host 10.0.0.1. Needs --cap-add NET_RAW --user 0.',
  options,
  operands: 'words',
  letters: {
    i: 'interface',
    D: 'listInterfaces',
    c: 'count',
    Q: 'direction',
    s: 'snapLength',
    w: 'write',
    r: 'read',
    C: 'rotateSize',
    G: 'rotateEvery',
    W: 'files',
    n: 'numeric',
    v: 'verbose',
    t: 'time',
    S: 'absolute',
    A: 'ascii',
    X: 'hex',
    e: 'linkHeader',
    q: 'quiet',
    l: 'lineBuffered',
    U: 'lineBuffered',
  },
  conflicts: conflictsOf,
});

/** What `netprobe capture` is asked for. */
export type CaptureOptions = Values<typeof options>;

function conflictsOf(given: CaptureOptions): string[] {
  const { read, write, keep, to, flows, json, print, ascii, hex, mask, headersOnly } = given;
  const isFile = write !== undefined && write !== '-';
  const wrong = (is: boolean, words: string) => (is ? [words] : []);
  const rotating = given.rotateSize ?? given.rotateEvery ?? given.files ?? given.disk;
  return [
    ...wrong(
      rotating !== undefined && !isFile,
      '--rotate-size, --rotate-every, --files and --disk need a file to write: -w FILE',
    ),
    ...wrong(given.zstd && !isFile, '--zstd needs a file to write: -w FILE'),
    ...wrong(to !== undefined && !isFile, '--to needs a place for files that are not uploaded yet: -w FILE'),
    ...wrong(keep !== undefined && !isFile, '--keep needs a place for what it saves: -w FILE'),
    ...wrong(
      keep !== undefined && read !== undefined,
      '--keep is for packets from the network, and --read reads a file: give one of them',
    ),
    ...wrong(
      keep !== undefined && (given.rotateSize ?? given.rotateEvery) !== undefined,
      '--keep writes a file each time something happens: leave --rotate-size and --rotate-every out',
    ),
    ...wrong(keep === undefined && given.on !== undefined, '--on is for a flight recorder: give --keep too, such as --keep=60s'),
    ...wrong(
      given.payload && (keep === undefined || to === undefined),
      '--payload is for what a flight recorder uploads: give --keep and --to',
    ),
    ...wrong(
      given.payload && (mask || headersOnly),
      '--payload keeps what --mask and --headers-only take away: give one of them',
    ),
    ...wrong(mask && headersOnly, '--mask and --headers-only: give one of them'),
    ...wrong(
      read !== undefined && given.interface !== undefined,
      '--interface is for packets from the network, and --read reads a file',
    ),
    ...wrong(read !== undefined && given.for !== undefined, '--for is for packets from the network, and --read reads a file'),
    ...wrong(read !== undefined && to !== undefined, '--to is for packets from the network, and --read reads a file'),
    ...wrong(print && write === undefined, '--print is for packets that are written: give -w FILE, or leave it out'),
    ...wrong(print && write === '-', '--print writes to the standard output, and so does -w -: give a file'),
    ...wrong(print && keep !== undefined, '--print is not for a flight recorder, which shows nothing'),
    ...wrong(
      flows && given.match !== undefined,
      '--match shows packets, and --flows shows none: give a filter, or leave --match out',
    ),
    ...wrong(!flows && given.lines !== undefined, '--lines is for a table of conversations: give --flows too'),
    ...wrong(json && (ascii || hex), '--json has no payload: leave --ascii and --hex out, or --json'),
    ...wrong(
      given.comment !== undefined && write === undefined,
      '--comment is for what is written: give -w FILE, or leave it out',
    ),
    ...wrong(flows && (ascii || hex), '--flows shows no packets: leave --ascii and --hex out'),
    ...wrong(
      write !== undefined && !print && (flows || json || ascii || hex || given.match !== undefined),
      'what is written is not shown: give --print too, and a file, or leave -w out',
    ),
  ];
}

/** The same, where what tcpdump has a number for is that number: `-s 0` keeps whole packets. */
export function plainOptions(given: CaptureOptions): CaptureOptions {
  return given.snapLength === 0 ? { ...given, snapLength: wholeFrame } : given;
}
