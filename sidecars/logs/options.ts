import { glob, headers, labels, list } from '#shared/config/collections.ts';
import { boolean, bytes, choice, duration, integer, longestTimer, orOff, path, secret, text, url } from '#shared/config/kinds.ts';
import { option, optional } from '#shared/config/table.ts';
import { reachOptions } from '#shared/s3/settings.ts';
import { schemes } from './destinations/scheme.ts';
import { patterns } from './record/filter/pattern.ts';
import { redactions } from './record/filter/redaction.ts';
import { sampled } from './record/filter/sampled.ts';
import { multiline } from './record/multiline/mode.ts';

/** The fields of every record; labels may not take their names. */
export const recordFields = [
  'time',
  'message',
  'file',
  'host',
  'stream',
  'partial_message',
  'partial_id',
  'partial_ordinal',
  'partial_last',
] as const;

/** Which files are followed, and how. */
const files = {
  paths: option(
    list(glob),
    ['/var/log/**/*.log'],
    'Log files to follow, as globs. Rotated files are followed by identity and need no glob.',
  ),
  exclude: option(
    list(glob),
    [],
    'Files to leave out, as globs. Compressed files (.gz, .zst, …) are left out anyway, but for what LOGS_READ_GZIP says.',
  ),
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
  readGzip: option(
    boolean,
    false,
    'Read rotated files that were compressed with gzip, once each, where their plain form was not read before.',
  ),
  afterShip: option(
    choice('keep', 'truncate', 'delete'),
    'keep',
    'What becomes of a rotated file once every line of it is acknowledged by every destination.',
  ),
  state: option(path, '/state', 'Folder that keeps how far each file was acknowledged. One sidecar at a time may use it.'),
  analyse: option(
    boolean,
    false,
    'Analyse access logs while they are shipped: /top of the admin server, and metrics of requests, statuses and times.',
  ),
  once: option(boolean, false, 'Ship all that is there, wait for every acknowledgement, and exit 0.'),
};

/** How bytes become records. */
const records = {
  format: option(
    choice('auto', 'plain', 'docker', 'cri', 'json'),
    'auto',
    "What the files hold: lines, Docker's json-file, CRI of Kubernetes, or JSON lines whose fields are merged into the record. auto tells Docker and CRI by their first line, and takes all else for plain lines.",
  ),
  multiline: option(
    multiline,
    multiline.parse('off'),
    'Which lines are one record: off, indent, java, python, go, node, or regex:PATTERN for what begins one.',
  ),
  multilineWait: option(
    duration({ min: 10, max: longestTimer }),
    1000,
    'How long the last record of a file may wait for a further line, where LOGS_MULTILINE is not off.',
  ),
  maxLine: option(
    bytes({ min: 64, max: 2 ** 24 }),
    2 ** 18,
    'Longer lines are shipped in pieces of this size, marked by partial_id, partial_ordinal and partial_last.',
  ),
  include: option(patterns, [], 'Ship only records that match one of these regular expressions, one on each line.'),
  excludeLines: option(patterns, [], 'Leave out records that match one of these regular expressions, one on each line.'),
  redact: option(
    redactions,
    [],
    'Replace in messages what these find by [redacted]: email, card, bearer, or regular expressions, one on each line. A slow expression slows everything down.',
  ),
  sample: option(
    sampled,
    1,
    'The share of records that is shipped, of those that are left. Which ones looks like chance, and is the same whenever a file is read again.',
  ),
  labels: option(labels(recordFields), {}, 'Fields added to every record: app=web,env=prod.'),
  host: optional(text, 'The field host of every record.', 'the host name'),
};

/** Where records go. */
const destinations = {
  to: option(
    list(url(...schemes)),
    [new URL('stdout:')],
    "Where records go: stdout:, http://… or https://… (NDJSON by POST), file:///folder, loki+http://…, elasticsearch+http://…, opensearch+http://…, syslog+udp://…, syslog+tcp://…, syslog+tls://… or s3://bucket/folder. Several: each record goes to all of them, and each has its own position. What holds for one alone stands in its URL, named as the flags are: ?timeout=10s&token-file=/run/secrets/t, for http and https behind a #, as their query is the receiver's.",
  ),
  batchBytes: option(
    bytes({ min: 4096, max: 2 ** 26 }),
    2 ** 20,
    'Size at which a batch is sent. It may be exceeded only by a single record that is larger.',
  ),
  flush: option(duration({ min: 0, max: longestTimer }), 200, 'How long a record may wait for its batch to fill.'),
  inFlight: option(
    integer({ min: 1, max: 16 }),
    3,
    'Batches on their way to an HTTP destination at the same time. 1 keeps the order of lines; of several, one may overtake another.',
  ),
  timeout: option(
    duration({ min: 100, max: longestTimer }),
    30_000,
    'How long a destination may take to answer one batch before it is sent again.',
  ),
  compress: option(choice('off', 'gzip', 'zstd'), 'off', 'How bodies are compressed for an HTTP destination.'),
  deadLetter: optional(
    path,
    'File that gets what a destination will never take, each record with the reason.',
    'dead-letter.ndjson in LOGS_STATE',
  ),
  token: optional(secret(text), 'Bearer token sent to an HTTP destination.'),
  user: optional(text, 'User name for basic authentication at an HTTP destination.'),
  password: optional(secret(text), 'Password for basic authentication at an HTTP destination.'),
  headers: optional(secret(headers), 'More header fields for an HTTP destination, Name: value, one on each line.'),
  ca: optional(
    path,
    'PEM file of the certificate authorities to trust with TLS, instead of the public ones; read again when it changes.',
    'the public ones',
  ),
  cert: optional(path, 'PEM file of a certificate of our own, for a destination that asks for one; read again when it changes.'),
  key: optional(path, 'PEM file of its private key.'),
  tenant: optional(text, 'Tenant of Loki, its X-Scope-OrgID.'),
  lokiLabels: option(
    list(text),
    ['file', 'host', 'stream'],
    'Fields of a record that are labels of its stream in Loki, besides those of LOGS_LABELS.',
  ),
  index: option(text, 'logs', 'Index, data stream or alias of Elasticsearch and OpenSearch.'),
  syslogFacility: option(
    choice(
      ...([
        'user',
        'daemon',
        'auth',
        'authpriv',
        'local0',
        'local1',
        'local2',
        'local3',
        'local4',
        'local5',
        'local6',
        'local7',
      ] as const),
    ),
    'local0',
    'Facility of syslog messages.',
  ),
  syslogSeverity: option(
    choice('emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'),
    'info',
    'Severity of syslog messages; those of the stream stderr have err where this is info.',
  ),
  syslogApp: optional(text, 'APP-NAME of syslog messages.', 'the name of the file'),
};

/** What S3 is told; the names that every AWS tool has keep theirs. */
const s3 = {
  objectBytes: option(
    bytes({ min: 4096, max: 2 ** 28 }),
    2 ** 23,
    'How many bytes of a file an object in S3 holds at the most, before compression.',
  ),
  objectWait: option(
    duration({ min: 100, max: longestTimer }),
    60_000,
    'How long lines may wait until there are enough for an object in S3.',
  ),
  ...reachOptions,
  s3StorageClass: optional(text, 'Storage class of objects: STANDARD_IA.', "the bucket's"),
};

/** All options of the logs sidecar, in the order of `--help`. */
export const options = { ...files, ...records, ...destinations, ...s3 };
