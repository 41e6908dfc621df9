import { fileURLToPath } from 'node:url';
import { glob, headers, labels, list } from '#shared/config/collections.ts';
import { boolean, bytes, choice, duration, integer, longestTimer, orOff, path, secret, text, url } from '#shared/config/kinds.ts';
import { defineProgram, option, optional, type Settings } from '#shared/config/table.ts';

/** The fields of every record; labels may not take their names. */
export const recordFields = [
  'time',
  'message',
  'file',
  'host',
  'partial_message',
  'partial_id',
  'partial_ordinal',
  'partial_last',
] as const;

const options = {
  paths: option(
    list(glob),
    ['/var/log/**/*.log'],
    'Log files to follow, as globs. Rotated files are followed by identity and need no glob.',
  ),
  exclude: option(list(glob), [], 'Files to leave out, as globs. Compressed files (.gz, .zst, …) are always left out.'),
  to: option(
    url('stdout', 'http', 'https', 'file'),
    new URL('stdout:'),
    'Where records go: stdout:, http://… or https://… (NDJSON by POST), or file:///folder.',
  ),
  token: optional(secret(text), 'Bearer token sent to an http sink.'),
  user: optional(text, 'User name for basic authentication at an http sink.'),
  password: optional(secret(text), 'Password for basic authentication at an http sink.'),
  headers: optional(secret(headers), 'More header fields for an http sink, Name: value, one on each line.'),
  ca: optional(
    path,
    'PEM file of the certificate authorities to trust at an https sink, instead of the public ones.',
    'the public ones',
  ),
  timeout: option(
    duration({ min: 100, max: longestTimer }),
    30_000,
    'How long an http sink may take to answer one batch before it is sent again.',
  ),
  inFlight: option(
    integer({ min: 1, max: 16 }),
    3,
    'Batches on their way to an http sink at the same time. 1 keeps the order of lines; of several, one may overtake another.',
  ),
  batchBytes: option(
    bytes({ min: 4096, max: 2 ** 26 }),
    2 ** 20,
    'Size at which a batch is sent. It may be exceeded only by a single record that is larger.',
  ),
  flush: option(duration({ min: 0, max: longestTimer }), 200, 'How long a record may wait for its batch to fill.'),
  maxLine: option(
    bytes({ min: 64, max: 2 ** 24 }),
    2 ** 18,
    'Longer lines are shipped in pieces of this size, marked by partial_id, partial_ordinal and partial_last.',
  ),
  labels: option(labels(recordFields), {}, 'Fields added to every record: app=web,env=prod.'),
  host: optional(text, 'The field host of every record.', 'the host name'),
  state: option(path, '/state', 'Folder that keeps how far each file was acknowledged. One sidecar at a time may use it.'),
  start: option(
    choice('beginning', 'end'),
    'beginning',
    'Where to begin in files that are there at the very first start; files that appear later are always read whole.',
  ),
  rescan: option(
    duration({ min: 50, max: longestTimer }),
    1000,
    'How often folders are looked through, whether or not the kernel reported a change.',
  ),
  watch: option(
    boolean,
    true,
    'Have the kernel report changes, so that they are seen in milliseconds; false relies on the rescan alone.',
  ),
  linger: option(
    duration({ min: 100, max: longestTimer }),
    5000,
    'How long a deleted file that was read to its end is kept open for late writes, and a rotated one for the rest of a last line.',
  ),
  openFiles: option(
    integer({ min: 1 }),
    64,
    'Fully shipped files that are kept open; beyond, the longest idle ones are closed and opened again when they grow.',
  ),
  maxPinned: option(
    orOff(bytes()),
    undefined,
    'Disk space that deleted files with unshipped lines may hold; beyond, the oldest is given up and counted. off never drops anything.',
  ),
  once: option(boolean, false, 'Ship all that is there, wait for every acknowledgement, and exit 0.'),
};

/** The logs sidecar as a person sees it: its options, their defaults and their words. */
export const program = defineProgram({
  name: 'logs',
  summary: "Tails the log files of a neighbour's volumes and ships every line, at least once.",
  adminPort: 9801,
  operands: { option: 'paths', usage: '[PATH…]' },
  options,
  examples: [
    {
      command: 'docker run -d --volumes-from web sidekick/logs',
      meaning: 'Print the log files of the container web, as JSON lines.',
    },
    {
      command:
        'docker run -d --volumes-from web -e LOGS_TO=https://logs.example/in -e LOGS_TOKEN_FILE=/run/secrets/token sidekick/logs',
      meaning: 'Ship them to an HTTP server instead.',
    },
    {
      command: "docker run --rm --volumes-from job sidekick/logs --once '/data/*.log'",
      meaning: 'Ship what a job wrote, and end.',
    },
  ],
  conflicts,
  stdoutIsResult: (settings) => settings.to.protocol === 'stdout:',
  oneShot: (settings) => settings.once,
});

/** The typed settings of the logs sidecar. */
export type LogsSettings = Settings<typeof options>;

/** Header fields that belong to the connection: with another value no request would ever arrive. */
const headersOfConnection = ['connection', 'content-length', 'expect', 'keep-alive', 'transfer-encoding', 'upgrade'];

function conflicts(settings: LogsSettings): string[] {
  const { to, token, user, password, headers: fields = {}, ca } = settings;
  const problems: string[] = [];
  const forHttp = { LOGS_TOKEN: token, LOGS_USER: user, LOGS_PASSWORD: password, LOGS_HEADERS: settings.headers, LOGS_CA: ca };
  const isHttp = to.protocol === 'http:' || to.protocol === 'https:';
  for (const [name, value] of Object.entries(forHttp)) {
    if (value !== undefined && !isHttp)
      problems.push(`${name} is set, and only an http sink reads it; set LOGS_TO, or unset ${name}`);
  }
  if (ca !== undefined && to.protocol === 'http:')
    problems.push('LOGS_CA is set, and http:// has no certificates; let LOGS_TO begin with https://, or unset LOGS_CA');
  if (token !== undefined && user !== undefined) problems.push('LOGS_TOKEN and LOGS_USER are both set; keep one of them');
  if (password !== undefined && user === undefined) problems.push('LOGS_PASSWORD is set without LOGS_USER; set both or neither');
  // RFC 6750, section 2.1, and RFC 7617, section 2
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    problems.push('LOGS_TOKEN holds a space, a line end or a character that is not ASCII; it has to be one word');
  if (user?.includes(':')) problems.push('LOGS_USER holds a colon, which ends the name in basic authentication');
  if ('authorization' in fields && (token !== undefined || user !== undefined))
    problems.push('LOGS_HEADERS names authorization, which LOGS_TOKEN or LOGS_USER set; keep one of them');
  for (const name of headersOfConnection.filter((field) => field in fields))
    problems.push(`LOGS_HEADERS names ${name}, which is set by the connection; leave it out`);
  if (to.protocol === 'file:' && to.host !== '')
    problems.push(`LOGS_TO=${to} names a host; a folder has three slashes: file:///folder`);
  else if (to.protocol === 'file:' && !isFolder(to)) problems.push(`LOGS_TO=${to} is no path; write file:///folder`);
  return problems;
}

function isFolder(to: URL): boolean {
  try {
    return !fileURLToPath(to).includes('\0');
  } catch {
    return false;
  }
}
