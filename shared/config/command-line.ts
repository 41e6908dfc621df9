import { nearest } from './nearest.ts';
import { flagName, type Outline, snake, variableName } from './table.ts';

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
  const secrets = new Map<string, string>();
  for (const key of Object.keys(program.options)) {
    const flag = flagName(program, key);
    if (flag !== undefined) keys.set(flag, key);
    else secrets.set(`--${snake(key).replaceAll('_', '-')}`, variableName(program, key));
  }
  const isFlag = (word: string) => /^--[a-z]/.test(word) || word === '--';
  const texts = new Map<string, string[]>();
  const give = (key: string, text: string) => texts.set(key, [...(texts.get(key) ?? []), text]);
  const problems: string[] = [];
  let mode: CommandLine['mode'] = 'run';
  let settingsFile: string | undefined;
  let flagsEnded = false;

  const words = [...argv];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
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
      if (inline !== undefined) problems.push(`${flag} takes no value`);
      continue;
    }
    const secret = secrets.get(flag);
    if (secret !== undefined) {
      // its value is no operand, of which a message might tell
      if (inline === undefined && words[0] !== undefined && !isFlag(words[0])) words.shift();
      problems.push(`${flag} is no flag, because a command line is seen by everybody; set ${secret} or ${secret}_FILE`);
      continue;
    }
    const key = keys.get(flag);
    if (key === undefined && flag !== '--settings') {
      const near = nearest(flag, [...keys.keys(), '--settings', ...modes.map((candidate) => candidate.flag)]);
      problems.push(`${flag} is no flag${near ? `; did you mean ${near}?` : ', see --help'}`);
      continue;
    }
    const standsAlone = key !== undefined && program.options[key]?.kind.switch;
    const follows = words[0] !== undefined && !isFlag(words[0]);
    const value = inline ?? (standsAlone ? 'true' : follows ? words.shift() : undefined);
    if (value === undefined || value === '')
      problems.push(`${flag} needs a value; one that begins with -- is given as ${flag}=VALUE`);
    else if (key === undefined) settingsFile = value;
    else give(key, value);
  }
  return { mode, settingsFile, texts, problems };
}
