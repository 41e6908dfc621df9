import type { Said } from './said.ts';

// The same as the scanner does, told by regular expressions and JSON.parse: slow, and plain to see.

const common = new RegExp(
  [
    /^(?<first>[^ ]*) (?<second>[^ ]*) (?<rest>[^ ]*(?: (?!\[)[^ ]*)*) \[[^\]]*\] /,
    /"(?:(?<method>[A-Z_-]+) (?<target>(?:\\.|[^ "\\])*))?(?:\\.|[^"\\])*" /,
    /(?<status>\d{3})(?: (?<size>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|-)(?<behind>.*))?$/,
  ]
    .map(({ source }) => source)
    .join(''),
  's',
);
const quoted = /^ "(?<text>(?:\\.|[^"\\])*(?:\\$)?)(?:"|$)(?<behind>.*)$/s;
const longestAnswer = 86_400;

/** What a line of an access log in text says. */
export function saidByText(line: string): Said | undefined {
  const found = common.exec(line)?.groups;
  if (found === undefined) return undefined;
  const { first = '', second = '', rest = '', method = '', target = '', status = '', size = '-', behind = '' } = found;
  if (Number(status) === 0) return undefined;
  const referer = quoted.exec(behind)?.groups;
  const agent = referer && quoted.exec(referer.behind ?? '')?.groups;
  const seconds = timeOf(agent?.behind ?? referer?.behind ?? behind);
  return {
    status: Number(status),
    size: size === '-' || Number(size) > Number.MAX_SAFE_INTEGER ? 0 : Number(size),
    seconds: seconds !== null && seconds <= longestAnswer ? seconds : null,
    method,
    path: pathOf(target),
    client: rest.includes(' ') && second !== '-' ? second : first,
    agent: agent?.text === '-' ? '' : (agent?.text ?? ''),
  };
}

function pathOf(target: string): string {
  const path = target.replace(/[?#].*$/s, '');
  return /^[^/]*:\/[^/]*(\/[^/]*$)/.test(path) ? path : path.replace(/^[^/]*:\/[^/]*\/[^/]*(?=\/)/s, '');
}

const number = /^\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const perSecond: Readonly<Record<string, number>> = { s: 1, ms: 1e3, us: 1e6, ns: 1e9, Âµs: 1e6, 'Î¼s': 1e6 };

function timed(text: string, unit: number): number | null {
  if (number.test(text)) return Number(text) / unit;
  const [, value, name = ''] = /^(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(\D+)$/s.exec(text) ?? [];
  const written = Object.hasOwn(perSecond, name) ? perSecond[name] : undefined;
  return value === undefined || written === undefined ? null : Number(value) / written;
}

function timeOf(behind: string): number | null {
  const fields = behind.split(/[ "\t]+/).filter((field) => field !== '');
  for (const field of fields) {
    const [, name, value = ''] = /^([^=]*)=(.*)$/s.exec(field) ?? [];
    const seconds = name === 'rt' || name === 'request_time' ? timed(value, 1) : null;
    if (seconds !== null) return seconds;
  }
  const decimal = fields.find((field) => number.test(field) && /[.eE]/.test(field));
  if (decimal !== undefined) return Number(decimal);
  const last = fields.at(-1) ?? '';
  return last.includes('=') ? null : timed(last, 1e6);
}
