import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Shipper } from '../shipper.ts';

/** fluent-bit with its defaults, but for the flush, which is that of the sidecar. */
export const fluentBit: Shipper = {
  name: 'fluent-bit',
  probe: ['fluent-bit', '--version'],
  forms: ['ndjson'],
  follows: true,
  ends: false,
  start: ({ stage, files, ports, folder }) => {
    const settings = join(folder, 'fluent-bit.conf');
    writeFileSync(settings, settingsFor(files, ports.http, folder));
    return stage.start('fluent-bit', 'fluent-bit', ['--config', settings]);
  },
};

/** @see https://docs.fluentbit.io/manual/pipeline/inputs/tail */
function settingsFor(files: string, port: number, folder: string): string {
  return `
[SERVICE]
    flush             0.2
    log_level         error
[INPUT]
    name              tail
    path              ${files}
    path_key          file
    read_from_head    true
    refresh_interval  1
    db                ${join(folder, 'positions.db')}
[OUTPUT]
    name              http
    match             *
    host              127.0.0.1
    port              ${port}
    format            json_lines
    json_date_key     time
    json_date_format  iso8601
`;
}
