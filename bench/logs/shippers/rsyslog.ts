import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Shipper } from '../shipper.ts';

/** rsyslog as Debian brings it: imfile by inotify, JSON by a template, and TCP, for omhttp is not in its package. */
export const rsyslog: Shipper = {
  name: 'rsyslog (TCP)',
  probe: ['rsyslogd', '-v'],
  forms: ['ndjson'],
  follows: true,
  ends: false,
  start: ({ stage, files, ports, folder }) => {
    const settings = join(folder, 'rsyslog.conf');
    writeFileSync(settings, settingsFor(files, ports.tcp, folder));
    // -n: in the foreground; -iNONE: no file for its process id
    return stage.start('rsyslog', 'rsyslogd', ['-n', '-iNONE', '-f', settings]);
  },
};

/** @see https://www.rsyslog.com/doc/configuration/modules/imfile.html */
function settingsFor(files: string, port: number, folder: string): string {
  return `
global(workDirectory="${folder}" maxMessageSize="64k")
module(load="imfile" mode="inotify")
template(name="ndjson" type="list" option.jsonf="on") {
  property(outname="time" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="message" name="msg" format="jsonf")
  property(outname="file" name="$!metadata!filename" format="jsonf")
  property(outname="host" name="hostname" format="jsonf")
}
ruleset(name="ship") {
  action(type="omfwd" target="127.0.0.1" port="${port}" protocol="tcp" template="ndjson")
}
input(type="imfile" file="${files}" tag="bench:" addMetadata="on" ruleset="ship")
`;
}
