import { messageOf } from '#shared/exit.ts';
import type { Destination } from '../destinations/destination.ts';
import { type SyslogFacts, syslogFormat } from '../record/syslog-format.ts';
import { type Sink, SinkError } from './sink.ts';
import { longestDatagram, syslogDatagrams } from './syslog-datagrams.ts';
import { syslogPlace } from './syslog-place.ts';
import { syslogStream } from './syslog-stream.ts';

/** The settings that a syslog sink reads. */
export type SyslogSettings = Pick<
  Destination,
  'url' | 'timeout' | 'inFlight' | 'ca' | 'cert' | 'key' | 'syslogFacility' | 'syslogSeverity' | 'syslogApp'
>;

/**
 * `syslog+udp://`, `syslog+tcp://` and `syslog+tls://` — each record as a message of RFC 5424.
 * @throws Exit where the URL or the files for TLS cannot be used.
 */
export function syslogSink(settings: SyslogSettings, { host, labels }: Pick<SyslogFacts, 'host' | 'labels'>): Sink {
  const { syslogFacility: facility, syslogSeverity: severity, syslogApp: app } = settings;
  const place = syslogPlace(settings.url);
  const { name } = place;
  const datagrams = place.transport === 'udp';
  const transport = datagrams ? syslogDatagrams(place) : syslogStream(place, settings);
  const format = syslogFormat({ host, labels, facility, severity, app }, datagrams ? longestDatagram : undefined);
  const send: Sink['send'] = async ({ body }, signal) => {
    try {
      await transport.deliver(body, signal);
      return undefined;
    } catch (error) {
      throw new SinkError(`${name} cannot be sent to: ${messageOf(error)}`, { cause: error });
    }
  };
  const check: Sink['check'] = async () => {
    try {
      return `${name} ${await transport.reach()}`;
    } catch (error) {
      throw new SinkError(`${name} cannot be reached: ${messageOf(error)}`, { cause: error });
    }
  };
  return {
    name,
    format,
    concurrency: transport.concurrency,
    get trouble() {
      return transport.trouble;
    },
    send,
    check,
    close: () => transport.close(),
  };
}
