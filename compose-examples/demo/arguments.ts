/** How the demo is run: until Ctrl-C, or a few seconds by itself. */
export type Mode = 'live' | 'once';

const help = `npm run demo [-- --once]

A small web application writes and rotates an access log under real requests. The logs sidecar ships it to a viewer,
which shows what arrives. At the end the demo states whether every line that was written arrived.

  --once   a few seconds of traffic with rotations and a kill -9 of the sidecar, then the end:
           exit 0 where every line arrived, 1 where one did not
  --help   this text

Without --once it runs until Ctrl-C, and exits in the same way.
`;

/** Reads the words of the command line. Ends the process after --help, and with 64 (EX_USAGE) for a word that is not known. */
export function readMode(words: readonly string[]): Mode {
  if (words.includes('--help') || words.includes('-h')) {
    process.stdout.write(help);
    process.exit(0);
  }
  const unknown = words.filter((word) => word !== '--once');
  if (unknown.length > 0) {
    process.stderr.write(`sidekick demo: ${unknown.join(' ')} is no option of the demo; there are --once and --help\n`);
    process.exit(64);
  }
  return words.length > 0 ? 'once' : 'live';
}
