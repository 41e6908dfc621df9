import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { LogsSettings } from '../config.ts';
import type { Destination } from '../destinations/destination.ts';
import { ndjson } from '../record/ndjson.ts';
import { fileSink } from './file.ts';
import { httpSink } from './http.ts';
import type { Sink } from './sink.ts';
import { stdoutSink } from './stdout.ts';

/** Opens the sink of a destination. A new scheme is added here and in `destinations/scheme.ts`. @throws Exit where it cannot be opened. */
export async function openSink(destination: Destination, settings: Pick<LogsSettings, 'host' | 'labels'>): Promise<Sink> {
  const { url } = destination;
  const host = settings.host ?? hostname();
  const format = ndjson(host, settings.labels);
  switch (url.protocol) {
    case 'http:':
    case 'https:':
      return httpSink(destination, format);
    case 'loki+http:':
    case 'loki+https:': {
      const { lokiSink } = await import('./loki.ts');
      return lokiSink(destination, host, settings.labels);
    }
    case 'elasticsearch+http:':
    case 'elasticsearch+https:':
    case 'opensearch+http:':
    case 'opensearch+https:': {
      const { elasticsearchSink } = await import('./elasticsearch.ts');
      return elasticsearchSink(destination, host, settings.labels);
    }
    case 'file:':
      return fileSink(fileURLToPath(url), host, format);
    case 'stdout:':
      return stdoutSink(format);
    case 'syslog+udp:':
    case 'syslog+tcp:':
    case 'syslog+tls:': {
      const { syslogSink } = await import('./syslog.ts');
      return syslogSink(destination, { host, labels: settings.labels });
    }
    case 's3:': {
      const { s3Sink } = await import('./s3.ts');
      return s3Sink(destination, host, format);
    }
    default:
      throw new Error(`there is no sink for ${url.protocol}`);
  }
}

/** The folder that a sink writes itself, whose files must not be followed; undefined where it writes none. */
export function ownFolder({ url }: Pick<Destination, 'url'>): string | undefined {
  return url.protocol === 'file:' ? fileURLToPath(url) : undefined;
}
