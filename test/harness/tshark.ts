import { spawnSync } from 'node:child_process';

/** Runs a program of Wireshark on a file. It says who it is run by, and that is left out. @throws Error where it fails. */
function wireshark(program: string, ...words: readonly string[]): { readonly stdout: string; readonly stderr: string } {
  const { error, status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const complaint = stderr?.replace(/^Running as user "root" and group "root"\. .*\n/m, '');
  if (status !== 0) throw error ?? new Error(`${program} ${words.join(' ')} ended with ${status}: ${complaint}`);
  return { stdout, stderr: complaint };
}

/** What tshark and capinfos have to complain of in a file of packets: empty where it is well. For a test that `needs('tshark')`. */
export function complaintsOf(file: string): string {
  return wireshark('tshark', '-V', '-r', file).stderr + wireshark('capinfos', file).stderr;
}

/** The values of fields in each packet of a file, such as `tcp.payload`; empty where a packet has none. For a test that `needs('tshark')`. */
export function fieldsOf(file: string, ...fields: readonly string[]): string[][] {
  const { stdout } = wireshark('tshark', '-n', '-r', file, '-T', 'fields', ...fields.flatMap((field) => ['-e', field]));
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'));
}
