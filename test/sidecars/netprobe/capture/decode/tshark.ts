import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { pcapFile } from '../frames.ts';

/** Each packet by itself, as we take it: nothing is put together, and nothing is told relative to what came before. */
const alone = [
  'ip.defragment:FALSE',
  'ipv6.defragment:FALSE',
  'tcp.desegment_tcp_streams:FALSE',
  'tcp.analyze_sequence_numbers:FALSE',
  'tcp.relative_sequence_numbers:FALSE',
  'tls.desegment_ssl_records:FALSE',
  'tls.desegment_ssl_application_data:FALSE',
  'dns.desegment_dns_messages:FALSE',
];

/**
 * What tshark tells of frames: for each of them, the values of each field, as often as it is there. For a test that `needs('tshark')`.
 * @param options more of its arguments
 */
export function tsharkFields<Field extends string>(
  t: TestContext,
  frames: readonly Uint8Array[],
  fields: readonly Field[],
  { linkType, options = [] }: { readonly linkType?: number; readonly options?: readonly string[] } = {},
): Record<Field, string[]>[] {
  const file = join(temporaryFolder(t), 'frames.pcap');
  writeFileSync(file, pcapFile(frames, linkType));
  const settings = alone.flatMap((setting) => ['-o', setting]);
  const wanted = fields.flatMap((field) => ['-e', field]);
  // what no value has in it
  const how = ['-T', 'fields', '-E', 'separator=\u0001', '-E', 'aggregator=\u0002', '-E', 'occurrence=a'];
  const text = execFileSync('tshark', ['-r', file, '-n', ...settings, ...options, ...how, ...wanted], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const lines = text.split('\n').slice(0, -1);
  if (lines.length !== frames.length) throw new Error(`tshark tells of ${lines.length} frames, and not of ${frames.length}`);
  return lines.map((line) => {
    const values = line.split('\u0001').map((value) => (value === '' ? [] : value.split('\u0002')));
    return Object.fromEntries(fields.map((field, index) => [field, values[index] ?? []])) as Record<Field, string[]>;
  });
}
