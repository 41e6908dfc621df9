import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { LogsSettings } from '../config.ts';
import { ndjson } from '../record/envelope.ts';
import { fileSink } from './file.ts';
import { httpSink } from './http.ts';
import type { Sink } from './sink.ts';
import { stdoutSink } from './stdout.ts';

/** Opens the sink that `LOGS_TO` names. A new scheme is added here and in the option's kind. @throws Exit where it cannot be opened. */
export async function openSink(settings: LogsSettings): Promise<Sink> {
  const host = settings.host ?? hostname();
  const format = ndjson(host, settings.labels);
  switch (settings.to.protocol) {
    case 'http:':
    case 'https:':
      return httpSink(settings, format);
    case 'file:':
      return fileSink(fileURLToPath(settings.to), host, format);
    default:
      return stdoutSink(format);
  }
}

/** The folder that a sink writes itself, whose files must not be followed; undefined where it writes none. */
export function ownFolder(settings: LogsSettings): string | undefined {
  return settings.to.protocol === 'file:' ? fileURLToPath(settings.to) : undefined;
}
