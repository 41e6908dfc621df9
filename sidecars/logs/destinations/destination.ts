import { readFileSync } from 'node:fs';
import { Invalid } from '#shared/config/kinds.ts';
import { Exit, exitCode, messageOf } from '#shared/exit.ts';
import type { LogsSettings } from '../config.ts';
import { options } from '../options.ts';
import { credentialProblems } from './credentials.ts';
import { parameterName, parametersOf } from './parameters.ts';

/** The settings that belong to one destination, and may differ from one to another. */
const own = [
  'batchBytes',
  'flush',
  'inFlight',
  'timeout',
  'compress',
  'token',
  'user',
  'password',
  'headers',
  'ca',
  'cert',
  'key',
  'tenant',
  'lokiLabels',
  'index',
  'syslogFacility',
  'syslogSeverity',
  'syslogApp',
  'objectBytes',
  'objectWait',
  'awsEndpoint',
  'awsRegion',
  'awsProfile',
  'awsAccessKeyId',
  'awsSecretAccessKey',
  'awsSessionToken',
  's3PathStyle',
  's3StorageClass',
] as const satisfies readonly (keyof LogsSettings)[];

/** Those settings. */
export type OwnSettings = Pick<LogsSettings, (typeof own)[number]>;

/** One place where records go, with all that its sink is told. */
export interface Destination extends OwnSettings {
  /** Where it is, without what is meant for the sidecar alone. */
  readonly url: URL;
  /** What it is called in messages, metrics and positions: its URL without query and fragment. No two have the same. */
  readonly name: string;
}

/**
 * The destinations that `LOGS_TO` names, in its order, each with its own settings: those of its URL, else the common ones. The files of
 * secrets that a URL names are read here.
 * @throws Exit where such a file cannot be used.
 */
export function destinationsOf(settings: LogsSettings): Destination[] {
  return settings.to.map((to) => destinationOf(to, settings));
}

function destinationOf(to: URL, settings: LogsSettings): Destination {
  const { url, given, files } = parametersOf(to);
  const name = nameOf(url);
  const common = Object.fromEntries(own.map((key) => [key, settings[key]]));
  const secrets = Object.fromEntries(
    Object.entries(files).map(([key, path]) => [key, secretIn(path, key as keyof OwnSettings, name)]),
  );
  const destination = { ...(common as unknown as OwnSettings), ...given, ...secrets, url, name };
  const [problem] = credentialProblems(destination, parameterName);
  if (problem !== undefined) throw new Exit(exitCode.settings, `LOGS_TO=${name}: ${problem}`);
  return destination;
}

/** What a destination with that URL is called. */
export function nameOf(url: URL): string {
  if (url.protocol === 'stdout:') return 'stdout';
  const plain = new URL(url);
  plain.search = '';
  plain.hash = '';
  return plain.href;
}

/** The value that a file holds, one line end at its end left out. @throws Exit */
function secretIn(path: string, key: keyof OwnSettings, destination: string): unknown {
  const place = `LOGS_TO=${destination}: ${parameterName(key)}=${path}`;
  try {
    const text = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    if (text === '') throw new Exit(exitCode.settings, `${place} is empty; write the value into it, or leave it out`);
    return options[key].kind.parse(text);
  } catch (error) {
    if (error instanceof Exit) throw error;
    const what =
      error instanceof Invalid
        ? error.message
        : `cannot be read: ${messageOf(error)}; check the path and that this user may read it`;
    throw new Exit(exitCode.settings, `${place} ${what}`, { cause: error });
  }
}
