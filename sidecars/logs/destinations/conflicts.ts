import { fileURLToPath } from 'node:url';
import type { Option } from '#shared/config/table.ts';
import type { LogsSettings } from '../config.ts';
import { options } from '../options.ts';
import { credentialProblems } from './credentials.ts';
import { nameOf, type OwnSettings } from './destination.ts';
import { parameterName, parametersOf, reads } from './parameters.ts';
import { receiverOf, speaksHttp, speaksTls } from './scheme.ts';

/** What tells a receiver who we are: with two of them, one would get what is meant for the other. */
const credentials = ['token', 'user', 'password', 'headers'] as const;
const certificate = ['cert', 'key'] as const;
/** What only some destinations read, and who that is. */
const special = {
  compress: 'an HTTP destination',
  tenant: 'Loki',
  lokiLabels: 'Loki',
  index: 'Elasticsearch or OpenSearch',
  syslogFacility: 'syslog',
  syslogSeverity: 'syslog',
  syslogApp: 'syslog',
  objectBytes: 'S3',
  objectWait: 'S3',
  s3PathStyle: 'S3',
  s3StorageClass: 'S3',
} as const;

/**
 * What is wrong between the settings of destinations: a sentence for each.
 * @param places how messages name what was given, by key.
 */
export function conflicts(
  settings: LogsSettings,
  _env: Readonly<Record<string, string | undefined>>,
  places: Readonly<Record<string, string>>,
): string[] {
  const called = (key: string) => places[key] ?? `LOGS_${key.toUpperCase()}`;
  const inUrls = settings.to.flatMap(problemsOf);
  if (inUrls.length > 0) return inUrls;
  return [
    ...twice(settings.to),
    ...misplaced(settings, called),
    ...unread(settings, places),
    ...credentialProblems(settings, called),
    ...settings.to.flatMap((to) => between(to, settings, called)),
  ];
}

/** What is wrong in the URL of one destination. */
function problemsOf(to: URL): string[] {
  const { url, problems } = parametersOf(to);
  const place = `LOGS_TO=${nameOf(url)}`;
  const found = problems.map((problem) => `${place}: ${problem}`);
  switch (receiverOf(url)) {
    case 'file':
      if (url.host !== '') found.push(`${place} names a host; a folder has three slashes: file:///folder`);
      else if (!isFolder(url)) found.push(`${place} is no path; write file:///folder`);
      break;
    case 's3':
      if (!/^[a-zA-Z0-9][\w.-]+$/.test(url.host)) found.push(`${place} names no bucket; write s3://BUCKET/FOLDER`);
      break;
    case 'stdout':
      break;
    default:
      if (url.hostname === '') found.push(`${place} names no host; write ${url.protocol}//HOST:PORT`);
  }
  return found;
}

/** Destinations that would share one name. */
function twice(to: readonly URL[]): string[] {
  const names = to.map(nameOf);
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))].map((name) =>
    name === 'stdout'
      ? 'LOGS_TO names stdout twice; keep one of them'
      : `LOGS_TO names ${name} twice; each destination has a URL of its own, without what stands behind ? and #`,
  );
}

/** Credentials that nobody reads, or of which nobody can tell who is to get them. */
function misplaced(settings: LogsSettings, called: (key: string) => string): string[] {
  const http = settings.to.filter(speaksHttp);
  const tls = settings.to.filter(speaksTls);
  const problems: string[] = [];
  const several = (key: keyof OwnSettings, count: number) =>
    `${called(key)} is set, and ${count} destinations would get it; give it to one of them in its URL, ${parameterName(key)}=…`;
  for (const key of credentials.filter((each) => settings[each] !== undefined)) {
    if (http.length === 0)
      problems.push(`${called(key)} is set, and only an http sink reads it; set LOGS_TO, or unset ${called(key)}`);
    else if (http.length > 1) problems.push(several(key, http.length));
  }
  for (const key of [...certificate, 'ca'] as const) {
    if (settings[key] === undefined) continue;
    const isRead = tls.length > 0 || (key === 'ca' && settings.to.some((to) => receiverOf(to) === 's3'));
    if (!isRead) problems.push(`${called(key)} is set, and ${withoutTls(settings.to)}, or unset ${called(key)}`);
    else if (key !== 'ca' && tls.length > 1) problems.push(several(key, tls.length));
  }
  return problems;
}

/** Why there are no certificates, and what to do. */
function withoutTls(to: readonly URL[]): string {
  const { protocol } = to.find((url) => reads(url, 'ca')) ?? {};
  if (protocol === undefined) return 'no destination of LOGS_TO has certificates; set LOGS_TO';
  const safe = protocol.startsWith('syslog') ? 'syslog+tls' : protocol.replace(/http:$/, 'https');
  return `${protocol}// has no certificates; let LOGS_TO begin with ${safe}://`;
}

/** Settings that were given, other than by default, and that no destination reads. */
function unread(settings: LogsSettings, places: Readonly<Record<string, string>>): string[] {
  return (Object.keys(special) as (keyof typeof special)[])
    .filter((key) => places[key] !== undefined && !isDefault(key, settings) && !settings.to.some((to) => reads(to, key)))
    .map((key) => `${places[key]} is set, and only ${special[key]} reads it; set LOGS_TO, or unset ${places[key]}`);
}

function isDefault(key: keyof typeof special, settings: LogsSettings): boolean {
  const { kind, default: byDefault } = options[key] as Option<unknown>;
  return kind.format(settings[key]) === kind.format(byDefault);
}

/** What is wrong between the URL of one destination and the settings that it reads. */
function between(to: URL, settings: LogsSettings, called: (key: string) => string): string[] {
  const { url, given, files } = parametersOf(to);
  const place = `LOGS_TO=${nameOf(url)}`;
  const problems: string[] = [];
  if (speaksHttp(url))
    for (const key of credentials.filter((each) => (each in given || each in files) && settings[each] !== undefined))
      problems.push(`${called(key)} and ${parameterName(key)} in ${place} are both set; keep one of them`);
  if (!speaksTls(url) && receiverOf(url) !== 's3')
    for (const key of ['ca', 'cert', 'key'] as const)
      if (key in given) problems.push(`${place}: ${key} is set, and ${url.protocol}// has no certificates; leave it out`);
  const { compress = settings.compress } = given;
  if (compress === 'zstd' && (receiverOf(url) === 'loki' || receiverOf(url) === 'elasticsearch')) {
    const name = 'compress' in given ? 'compress=zstd' : `${called('compress')}=zstd`;
    problems.push(`${place}: ${name}, which it does not take; give it compress=gzip or compress=off in its URL`);
  }
  return problems;
}

function isFolder(to: URL): boolean {
  try {
    return !fileURLToPath(to).includes('\0');
  } catch {
    return false;
  }
}
