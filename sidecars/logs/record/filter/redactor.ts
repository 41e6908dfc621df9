import { stringEnd } from '../parse/members.ts';
import { type Find, type Found, findBearers, findCards, findEmails, findMatches } from './find.ts';
import type { Redaction } from './redaction.ts';

const mark = '[redacted]';
const credentialName = /authorization$/i;

/** Replaces in texts what is not to leave the machine, each find by `[redacted]`. */
export class Redactor {
  readonly #finds: readonly Find[];
  /** Whether what a JSON object holds under the name of a credential is one, whatever it looks like. */
  readonly #credentials: boolean;

  constructor(redactions: readonly Redaction[]) {
    const builtIn = { email: findEmails, card: findCards, bearer: findBearers };
    this.#finds = redactions.map((one) => (typeof one === 'string' ? builtIn[one] : findMatches(one)));
    this.#credentials = redactions.includes('bearer');
  }

  /** All that is found in a text, in order; finds that overlap are one. */
  find(text: string): Found[] {
    const all = this.#finds.flatMap((find) => find(text)).sort((a, b) => a.from - b.from);
    const merged: Found[] = [];
    for (const found of all) {
      const last = merged.at(-1);
      if (last === undefined || found.from >= last.to) merged.push(found);
      else merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, found.to) };
    }
    return merged;
  }

  /** The text without what is found in it. */
  redact(text: string): string {
    let redacted = '';
    let behind = 0;
    for (const { from, to } of this.find(text)) {
      redacted += text.slice(behind, from) + mark;
      behind = to;
    }
    return behind === 0 ? text : redacted + text.slice(behind);
  }

  /**
   * The text of a JSON value without what is found in its strings, which stays JSON. A number in which something is found becomes a string; names stay.
   * @param text well-formed JSON.
   */
  redactJson(text: string): string {
    let redacted = '';
    let behind = 0;
    let name = '';
    const values = /"|-?\d[\d.eE+-]*/g;
    for (let match = values.exec(text); match !== null; match = values.exec(text)) {
      const from = match.index;
      const isString = match[0] === '"';
      const to = isString ? stringEnd(text, from) : values.lastIndex;
      values.lastIndex = to;
      const value = isString ? String(JSON.parse(text.slice(from, to))) : match[0];
      if (isString && isName(text, to)) {
        name = value;
        continue;
      }
      const changed = isString && this.#credentials && credentialName.test(name) ? mark : this.redact(value);
      if (changed === value) continue;
      redacted += text.slice(behind, from) + JSON.stringify(changed);
      behind = to;
    }
    return behind === 0 ? text : redacted + text.slice(behind);
  }
}

const colonNext = /[ \t\r\n]*:/y;

/** Whether the string that ends at `to` is the name of a member. */
function isName(text: string, to: number): boolean {
  colonNext.lastIndex = to;
  return colonNext.test(text);
}
