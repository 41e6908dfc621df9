import { nearest } from './nearest.ts';
import { flagName, innerName, type Options, type Outline, variableName } from './table.ts';

/** A command line taken apart, with nothing parsed yet. */
export interface CommandLine {
  readonly mode: 'run' | 'help' | 'version' | 'print-settings' | 'check' | 'healthy';
  /** The path given by `--settings`. */
  readonly settingsFile: string | undefined;
  /** The texts given for each option, by its key. */
  readonly texts: ReadonlyMap<string, readonly string[]>;
  /** The verb, and the texts given for its own options, by their keys. */
  readonly call: { readonly verb: string; readonly texts: ReadonlyMap<string, readonly string[]> } | undefined;
  readonly problems: readonly string[];
}

/** Flags that ask for something else than a run, with their meaning for `--help`. */
const modes: readonly { readonly flag: string; readonly mode: CommandLine['mode']; readonly meaning: string }[] = [
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

/** The modes that a program has: a tool has nothing to be asked but for help and its version. */
export function modesOf(program: Outline): typeof modes {
  return program.tool === undefined ? modes : modes.filter(({ mode }) => mode === 'help' || mode === 'version');
}

/**
 * Takes a command line apart: `--flag VALUE`, `--flag=VALUE`, `--switch`, `--switch=false`; words that are not flags are operands,
 * and so is everything behind `--`. Where there are verbs, the first operand is one.
 */
export function parseCommandLine(program: Outline, argv: readonly string[]): CommandLine {
  const texts = new Map<string, string[]>();
  const flags = flagsOf(program.options, texts);
  const secrets = new Map<string, string>();
  for (const [key, option] of Object.entries(program.options))
    if (option.kind.secret) secrets.set(`--${innerName(key)}`, variableName(program, key));
  const problems: string[] = [];
  const words = [...argv];
  const known = modesOf(program);
  let mode: CommandLine['mode'] = 'run';
  let settingsFile: string | undefined;
  let flagsEnded = false;
  let call: { verb: string; texts: Map<string, string[]> } | undefined;
  const operand = (word: string) => {
    const verb = program.verbs?.[call?.verb ?? ''];
    if (call !== undefined && verb?.operands !== undefined) {
      give(call.texts, verb.operands, word);
      if (!flagsEnded && call.texts.get(verb.operands)?.length === verb.operandsBeforeVerbatim) {
        flagsEnded = true;
        if (words[0] === '--') words.shift();
      }
    } else if (call !== undefined) problems.push(`${word}: ${call.verb} takes no such words; see --help`);
    else if (program.verbs?.[word] !== undefined) {
      call = { verb: word, texts: new Map() };
      for (const [flag, target] of flagsOf(program.verbs[word].options, call.texts)) flags.set(flag, target);
    } else if (program.operands) give(texts, program.operands.option, word);
    else problems.push(strange(word, program));
  };

  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (flagsEnded || !word.startsWith('-') || word === '-') {
      operand(word);
      continue;
    }
    if (word === '--') {
      flagsEnded = true;
      continue;
    }
    const ofCall = call === undefined ? [] : [{ ...program.verbs?.[call.verb], texts: call.texts }];
    const letters = lettersOf(word, [...ofCall, { options: program.options, letters: program.tool?.letters, texts }]);
    if (letters !== undefined) {
      for (const { letter, key, text, texts: into } of letters) {
        const value = text ?? (words[0] !== undefined && !isFlag(words[0]) ? words.shift() : undefined);
        if (value === undefined) problems.push(`-${letter} needs a value`);
        else give(into, key, value);
      }
      continue;
    }
    const [flag = word, ...rest] = word.split('=');
    const inline = rest.length > 0 ? rest.join('=') : undefined;
    const asked = known.find((candidate) => candidate.flag === (flag === '-h' ? '--help' : flag));
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
    const target = flags.get(flag);
    if (target === undefined && (flag !== '--settings' || program.tool !== undefined)) {
      const others = program.tool === undefined ? ['--settings'] : [];
      const near = nearest(flag, [...flags.keys(), ...others, ...known.map((candidate) => candidate.flag)]);
      problems.push(`${flag} is no flag${near ? `; did you mean ${near}?` : ', see --help'}`);
      continue;
    }
    if (target?.standsAlone && inline === undefined && /^(true|false|yes|no|on|off)$/i.test(words[0] ?? '')) {
      problems.push(`${flag} ${words[0]}: a value of ${flag} stands behind a =; write ${flag}=${words.shift()}`);
      continue;
    }
    const follows = words[0] !== undefined && !isFlag(words[0]);
    const value = inline ?? (target?.standsAlone ? 'true' : follows ? words.shift() : undefined);
    if (value === undefined || value === '')
      problems.push(`${flag} needs a value; one that begins with -- is given as ${flag}=VALUE`);
    else if (target === undefined) settingsFile = value;
    else give(target.texts, target.key, value);
  }
  return { mode, settingsFile, texts, call, problems };
}

/** Where the text of a flag goes. */
interface Target {
  readonly key: string;
  readonly standsAlone: boolean;
  readonly texts: Map<string, string[]>;
}

function flagsOf(options: Options, texts: Map<string, string[]>): Map<string, Target> {
  const flags = new Map<string, Target>();
  for (const [key, { kind }] of Object.entries(options)) {
    const flag = flagName({ options }, key);
    if (flag !== undefined) flags.set(flag, { key, standsAlone: kind.switch === true, texts });
  }
  return flags;
}

function give(texts: Map<string, string[]>, key: string, text: string): void {
  texts.set(key, [...(texts.get(key) ?? []), text]);
}

function isFlag(word: string): boolean {
  return /^--[a-z]/.test(word) || word === '--';
}

/** Letters and the options that they stand for: those of the verb, or of a tool. */
interface Lettered {
  readonly options?: Options;
  readonly letters?: Readonly<Record<string, string>> | undefined;
  readonly texts: Map<string, string[]>;
}

/** A letter that was given, and the option that it stands for. Its value is the next word where there is no text. */
interface Letter {
  readonly letter: string;
  readonly key: string;
  readonly text: string | undefined;
  readonly texts: Map<string, string[]>;
}

/** The letters of a word behind one dash, `-tln`; one that is no switch takes the rest of the word, `-n20`. Undefined where one of them means nothing. */
function lettersOf(word: string, lettered: readonly Lettered[]): Letter[] | undefined {
  if (!/^-[^-]/.test(word)) return undefined;
  const found: Letter[] = [];
  for (const [index, letter] of [...word.slice(1)].entries()) {
    const owner = lettered.find(({ letters }) => letters !== undefined && Object.hasOwn(letters, letter));
    const key = owner?.letters?.[letter];
    if (owner === undefined || key === undefined) return undefined;
    const isSwitch = owner.options?.[key]?.kind.switch === true;
    found.push({ letter, key, text: isSwitch ? 'true' : word.slice(index + 2) || undefined, texts: owner.texts });
    if (!isSwitch) break;
  }
  return found;
}

function strange(word: string, { verbs: table = {}, tool }: Outline): string {
  const verbs = Object.keys(table);
  // no verb has a dot or a slash, and most names of files have
  if (tool?.letters.f === 'file' && /[./]/.test(word)) return `${word} is no verb; a file is named by -f ${word}`;
  if (verbs.length === 0) return `${word}: this sidecar takes no such words, only flags; see --help`;
  const near = nearest(word, verbs);
  return `${word} is no verb${near ? `; did you mean ${near}?` : `; there are ${verbs.join(', ')}`}`;
}
