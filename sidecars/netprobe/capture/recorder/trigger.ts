import { Invalid, type Kind } from '#shared/config/kinds.ts';
import { type CheckTarget, checkTarget } from '../../checks/target.ts';

/** What a trigger asks: a URL of HTTP or HTTPS. */
export type TriggerTarget = Extract<CheckTarget, { readonly type: 'http' | 'https' }>;

/** Series of a metric: those of a name that have some labels, among others. */
export interface Selector {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** How a value is compared with a bound. */
export type Comparison = '>' | '>=' | '<' | '<=' | '==' | '!=';

/** When something happens that is worth to be saved. Each has the text that it was written as. */
export type Trigger =
  /** It was answered with 200 to 399, and is not any more. */
  | { readonly type: 'answer'; readonly target: TriggerTarget; readonly text: string }
  /** A series passes a bound. */
  | {
      readonly type: 'bound';
      readonly target: TriggerTarget;
      readonly selector: Selector;
      readonly comparison: Comparison;
      readonly bound: number;
      readonly text: string;
    }
  /** All series together grow by so much from one look to the next. */
  | {
      readonly type: 'growth';
      readonly target: TriggerTarget;
      readonly selector: Selector;
      readonly by: number;
      readonly text: string;
    };

const examples = {
  url: 'http://127.0.0.1:8080/health',
  bound: 'http://127.0.0.1:9804/metrics app_errors{code="500"} > 5',
  growth: 'http://127.0.0.1:9804/metrics app_errors increases by 10',
} as const;

/** A trigger: `URL`, `URL METRIC > 5` or `URL METRIC increases by 10`, where a metric may have labels in braces. */
export const triggerKind: Kind<Trigger> = {
  name: 'trigger',
  parse: (text) => {
    const [, url = '', condition = ''] = /^(\S*)\s*(.*)$/s.exec(text) ?? [];
    const target = targetOf(url);
    if (condition === '') return { type: 'answer', target, text };
    return { ...conditionOf(condition), target, text };
  },
  format: ({ text }) => text,
};

function targetOf(url: string): TriggerTarget {
  if (!/^https?:\/\//i.test(url))
    throw new Invalid(`does not begin with http:// or https://; write ${examples.url} or ${examples.growth}`);
  if (/^[^/]*\/\/[^/?#]*@/.test(url))
    throw new Invalid(`holds a user or a password, which would be seen in files; write ${examples.url}`);
  const target = checkTarget.parse(url);
  if (target.type !== 'http' && target.type !== 'https') throw new Invalid(`is not asked by HTTP; write ${examples.url}`);
  return target;
}

type Condition =
  | Pick<Extract<Trigger, { type: 'bound' }>, 'type' | 'selector' | 'comparison' | 'bound'>
  | Pick<Extract<Trigger, { type: 'growth' }>, 'type' | 'selector' | 'by'>;

/** A name of the Prometheus data model, labels in quotes in braces, and what is asked of them. */
const form =
  /^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{(?<labels>(?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?\s*(?:(?<comparison>[<>]=?|[=!]=)|increases\s+by\s)\s*(?<number>\S+)$/s;

function conditionOf(words: string): Condition {
  const found = form.exec(words)?.groups;
  if (found === undefined)
    throw new Invalid(`has something behind its URL that is no condition; write ${examples.bound} or ${examples.growth}`);
  const { name = '', labels = '', comparison, number = '' } = found;
  const selector = { name, labels: labelsOf(labels) };
  const value = Number(number);
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(number) || !Number.isFinite(value))
    throw new Invalid(`has a bound that is no number; write ${comparison === undefined ? examples.growth : examples.bound}`);
  if (comparison !== undefined) return { type: 'bound', selector, comparison: comparison as Comparison, bound: value };
  if (value <= 0) throw new Invalid(`asks for growth that is not above 0; write ${examples.growth}`);
  return { type: 'growth', selector, by: value };
}

function labelsOf(text: string): Record<string, string> {
  const found: [string, string][] = [];
  for (let rest = text.trim(); rest !== ''; ) {
    const match = /^(?<name>[a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"(?<value>(?:[^"\\]|\\.)*)"\s*(?:,\s*|$)/s.exec(rest);
    if (match === null) throw new Invalid(`has labels that are not NAME="VALUE" with commas between; write ${examples.bound}`);
    const { name = '', value = '' } = match.groups ?? {};
    if (found.some(([known]) => known === name)) throw new Invalid(`names the label ${name} twice`);
    found.push([name, unescapedLabel(value)]);
    rest = rest.slice(match[0].length);
  }
  return Object.fromEntries(found);
}

/** A label value as it is meant, of one as Prometheus writes it. */
export function unescapedLabel(text: string): string {
  return text.replaceAll(/\\(.)/gs, (_, char: string) => (char === 'n' ? '\n' : char));
}
