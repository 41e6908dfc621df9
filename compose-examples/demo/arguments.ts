/** How the demo is run: until Ctrl-C, or a few seconds by itself. */
export type Mode = 'live' | 'once';

const help = `npm run demo [-- --once]

A small shop writes an access log, keeps orders, and asks a stock service that runs twice. It knows nothing of the four sidecars:
logs ships the lines to a viewer, backup saves the orders, ambassador carries it to the instance that lives, and netprobe measures
its network. At the end the demo states of each whether it did what it is for.

  --once   a few seconds of traffic with rotations and a kill -9 of the logs sidecar and of each instance, then a restore, and
           the end: exit 0 where no line is lost, no request failed, and every order was restored, 1 where not
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
