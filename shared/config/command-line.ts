import { nearest } from './nearest.ts';
import { flagName, type Outline } from './table.ts';

/** A command line taken apart, with nothing parsed yet. */
export interface CommandLine {
  readonly mode: 'run' | 'help' | 'version' | 'print-settings' | 'check' | 'healthy';
  /** The path given by `--settings`. */
  readonly settingsFile: string | undefined;
  /** The texts given for each option, by its key. */
  readonly texts: ReadonlyMap<string, readonly string[]>;
  readonly problems: readonly string[];
}

/** Flags that ask for something else than a run, with their meaning for `--help`. */
export const modes: readonly { readonly flag: string; readonly mode: CommandLine['mode']; readonly meaning: string }[] = [
  { flag: '--help', mode: 'help', meaning: 'Print this and exit.' },
  { flag: '--version', mode: 'version', meaning: 'Print the version and exit.' },
  {
    flag: '--print-settings',
    mode: 'print-settings',
    meaning: 'Print every setting, where it came from, secrets masked, and exit.',
  },
  { flag: '--check', mode: 'check', meaning: 'Check the settings, reach out where that is harmless, and exit 0 or 1.' },
  {
    flag: '--healthy',
    mode: 'healthy',
    meaning: 'Ask the running sidecar for /livez and exit 0 or 1: the HEALTHCHECK of the image.',
  },
];

/**
 * Takes a command line apart: `--flag VALUE`, `--flag=VALUE`, `--switch`, `--switch=false`; words that are not flags are operands,
 * and so is everything behind `--`.
 */
export function parseCommandLine(program: Outline, argv: readonly string[]): CommandLine {
  const keys = new Map<string, string>();
  for (const key of Object.keys(program.options)) {
    const flag = flagName(program, key);
    if (flag !== undefined) keys.set(flag, key);
  }
  const texts = new Map<string, string[]>();
  const give = (key: string, text: string) => texts.set(key, [...(texts.get(key) ?? []), text]);
  const problems: string[] = [];
  let mode: CommandLine['mode'] = 'run';
  let settingsFile: string | undefined;
  let flagsEnded = false;

  const words = argv.values();
  for (const word of words) {
    if (flagsEnded || !word.startsWith('-') || word === '-') {
      if (program.operands) give(program.operands.option, word);
      else problems.push(`${word}: this sidecar takes no such words, only flags; see --help`);
      continue;
    }
    if (word === '--') {
      flagsEnded = true;
      continue;
    }
    const [flag = word, ...rest] = word.split('=');
    const inline = rest.length > 0 ? rest.join('=') : undefined;
    const asked = modes.find((candidate) => candidate.flag === (flag === '-h' ? '--help' : flag));
    if (asked !== undefined) {
      // asking for help goes before anything else on the line
      if (mode !== 'help') mode = asked.mode;
      continue;
    }
    const key = keys.get(flag);
    if (key === undefined && flag !== '--settings') {
      const near = nearest(flag, [...keys.keys(), '--settings', ...modes.map((candidate) => candidate.flag)]);
      problems.push(`${flag} is no flag${near ? `; did you mean ${near}?` : ', see --help'}`);
      continue;
    }
    const standsAlone = key !== undefined && program.options[key]?.kind.switch;
    const value = inline ?? (standsAlone ? 'true' : words.next().value);
    if (value === undefined || value === '') problems.push(`${flag} needs a value`);
    else if (key === undefined) settingsFile = value;
    else give(key, value);
  }
  return { mode, settingsFile, texts, problems };
}
