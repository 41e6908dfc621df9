import { modesOf } from './command-line.ts';
import type { Origin } from './read.ts';
import {
  flagName,
  innerName,
  type Option,
  type Options,
  type Outline,
  type Program,
  type Settings,
  variableName,
} from './table.ts';
import type { Verb, Verbs } from './verb.ts';

/**
 * The text of `--help`: usage, every verb and option with its names and default, examples. `width` is in characters.
 * @param about tells of that verb alone.
 */
export function help(program: Outline, width = 100, about?: string): string {
  const asked = program.verbs?.[about ?? ''];
  if (about !== undefined && asked !== undefined) {
    const text = [`Usage: sidekick/${program.name} ${about} ${asked.usage}`.trimEnd(), '', ...wrap(asked.summary, '', width)];
    text.push(
      ...helpOfFlags(asked, width),
      '',
      `Run --help without the verb to see the ${program.tool ? 'flags' : 'settings'} that all of them have.`,
    );
    return `${text.join('\n')}\n`;
  }
  const isTool = program.tool !== undefined;
  const verbs = Object.entries(program.verbs ?? {});
  const operands = program.operands ? ` ${program.operands.usage}` : verbs.length > 0 ? ' [VERB …]' : '';
  const lines = [program.summary, '', `Usage: sidekick/${program.name} [--FLAG VALUE…]${operands}`];
  if (verbs.length > 0) lines.push('', `Verbs${isTool ? '' : ' (without one it does its steady work)'}:`);
  for (const [word, verb] of verbs)
    lines.push('', `  ${word} ${verb.usage}`.trimEnd(), ...wrap(verb.summary, '      ', width), ...helpOfFlags(verb, width));
  lines.push('', `Options${isTool ? '' : ' (a flag goes before the environment, that before a settings file)'}:`);
  for (const [key, option] of Object.entries(program.options)) {
    const names = isTool ? spelled(program.tool, key) : [flagName(program, key), variableName(program, key)];
    lines.push('', `  ${names.filter((name) => name !== undefined).join(', ')}`);
    lines.push(...wrap(`${option.help} ${kindAndDefault(option)}`, '      ', width));
  }
  if (!isTool) lines.push(...helpOfFiles(width));
  for (const { flag, meaning } of modesOf(program)) lines.push('', `  ${flag}`, ...wrap(meaning, '      ', width));
  if (program.inner) {
    lines.push('', `${program.inner.title}:`);
    for (const [key, option] of Object.entries(program.inner.options))
      lines.push('', `  ${innerName(key)}`, ...wrap(`${option.help} ${kindAndDefault(option)}`, '      ', width));
  }
  lines.push('', 'Examples:');
  for (const { command, meaning } of program.examples) lines.push(`  ${command}`, ...wrap(meaning, '      ', width));
  return `${lines.join('\n')}\n`;
}

/** The files that settings may come from. */
function helpOfFiles(width: number): string[] {
  return [
    '',
    '  Every NAME of the environment may be given as NAME_FILE instead: the path of a file that holds the value.',
    '',
    '  --settings, SIDEKICK_SETTINGS',
    ...wrap('A file of NAME=VALUE lines with the same names. (path)', '      ', width),
  ];
}

/** The flags of a verb, indented below it. */
function helpOfFlags(verb: Verb<Options>, width: number): string[] {
  const flags = Object.entries<Option<unknown>>(verb.options).filter(([key]) => key !== verb.operands);
  return flags.flatMap(([key, option]) => [
    `      ${spelled(verb, key).join(', ')}`,
    ...wrap(`${option.help} ${kindAndDefault(option)}`, '          ', width),
  ]);
}

/** How a flag of a verb or a tool is written: `-t`, `--tcp`. */
function spelled({ letters = {} }: Pick<Verb<Options>, 'letters'>, key: string): string[] {
  const short = Object.entries(letters).filter(([, meant]) => meant === key);
  return [...short.map(([letter]) => `-${letter}`), `--${innerName(key)}`];
}

/** The verbs of a program as a Markdown table, for the README. */
export function verbReference(program: Outline): string {
  const rows = Object.entries(program.verbs ?? {}).map(([word, verb]) => {
    const flags = Object.entries<Option<unknown>>(verb.options).filter(([key]) => key !== verb.operands);
    const told = flags.map(([key, { help: text }]) => `${code(spelled(verb, key))}: ${text}`);
    return row([code([`${word} ${verb.usage}`.trimEnd()]), [verb.summary, ...told].join(' ')]);
  });
  return ['| verb | what it does |', '|---|---|', ...rows].join('\n');
}

function code(texts: readonly string[]): string {
  return texts.map((text) => `\`${text}\``).join(', ');
}

/** The settings reference of a program as a Markdown table, for the README: of a tool its flags, which are all that it has. */
export function reference(program: Outline): string {
  const { tool } = program;
  const rows = Object.entries(program.options).map(([key, option]) => {
    const flag = flagName(program, key);
    const names = tool ? [code(spelled(tool, key))] : [code([variableName(program, key)]), flag ? code([flag]) : 'none: secret'];
    return row([...names, option.kind.name, defaultText(option), option.help]);
  });
  const titles = [...(tool ? [] : ['environment']), 'flag', 'value', 'default', 'meaning'];
  return [row(titles), `|${'---|'.repeat(titles.length)}`, ...rows].join('\n');
}

/** The options within an option's value as a Markdown table. */
export function innerReference(options: Options): string {
  const rows = Object.entries(options).map(([key, option]) =>
    row([`\`${innerName(key)}\``, option.kind.name, defaultText(option), option.help]),
  );
  return ['| option | value | default | meaning |', '|---|---|---|---|', ...rows].join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}

/** What `--print-settings` prints: a settings file with the origin of each line, secrets masked. */
export function printSettings<O extends Options, V extends Verbs>(
  program: Program<O, V>,
  settings: Settings<O>,
  origins: Readonly<Record<string, Origin>>,
): string {
  const lines = Object.entries(program.options).map(([key, option]) => {
    const name = variableName(program, key);
    const origin = origins[key] ?? { from: 'default' };
    const value = settings[key];
    const from = `# ${origin.from}${origin.file ? `, ${origin.file}` : ''}`;
    if (value === undefined && option.kind.format(undefined) === '') return `# ${name} is not set`;
    if (option.kind.secret) return `# ${name}=******  ${from}`;
    const text = quote(option.kind.format(value));
    if (text === undefined)
      return `# ${name} cannot be written in a settings file; put it into a file of its own, ${name}_FILE  ${from}`;
    return `${name}=${text}  ${from}`;
  });
  return `${lines.join('\n')}\n`;
}

/** What is printed on stderr where settings are wrong: all the problems, and what to do next. */
export function describeProblems(program: Outline, problems: readonly string[]): string {
  const [one, several] = program.tool === undefined ? ['setting', 'settings'] : ['word', 'words'];
  const count = problems.length === 1 ? `a ${one} is wrong` : `${problems.length} ${several} are wrong`;
  return [
    `sidekick/${program.name}: ${count}`,
    ...problems.map((problem) => `  ${problem}`),
    'Run it with --help to see every option.',
    '',
  ].join('\n');
}

function kindAndDefault(option: Option<unknown>): string {
  const byDefault = defaultText(option);
  return `(${option.kind.name}${byDefault ? `; default: ${byDefault.replaceAll('`', '')}` : ''})`;
}

function defaultText(option: Option<unknown>): string {
  if (option.defaultText !== undefined) return option.defaultText;
  const text = option.default === undefined ? option.kind.format(undefined) : option.kind.format(option.default);
  return text === '' ? '' : `\`${text}\``;
}

/**
 * In the dotenv form a # begins a comment, and a quote a quoted value; between double quotes `\n` is a line end, and a CR is nowhere kept.
 * Undefined where a text cannot be written in that form.
 */
function quote(text: string): string | undefined {
  if (!/[#'"`\n\r]|^\s|\s$/.test(text)) return text;
  const mark = ["'", '`', '"'].find((candidate) => !text.includes(candidate) && !(candidate === '"' && text.includes('\\n')));
  return mark === undefined || text.includes('\r') ? undefined : `${mark}${text}${mark}`;
}

function wrap(text: string, indent: string, width: number): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(/\s+/).filter(Boolean)) {
    if (line.length > indent.length && line.length + word.length >= width) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}
