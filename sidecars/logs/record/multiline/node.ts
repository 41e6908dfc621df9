import { type Joiner, lineClass } from './joiner.ts';
import { classesOf, textOf } from './text.ts';

const indented = /^[ \t]/;
const frame = /^[ \t]+at /;
const opens = /[{[]$/;
const closes = /^[}\]]+$/;
/** Where Node says in which line of the source an error was not caught. */
const source = /^(?:[\w./\\:@+~ -]+\.[cm]?[jt]sx?|node:[\w/]+):\d+$/;
const version = /^Node\.js v\d/;

/** Where in a trace of Node the last line was: in an error, in the properties that are printed behind it, or in what is printed of an error that nobody caught. */
type State = 'none' | 'error' | 'properties' | 'place' | 'code' | 'caret' | 'gap' | 'end';

/**
 * Traces of Node: the line with the error, be it alone or at the end of a log line, and then `    at …`, `[cause]: …`, the properties in braces and the brace that
 * ends them. Of an error that nobody caught, also what stands before it, the place with the line of the source, and behind it the version.
 */
export function node(): Joiner {
  let state: State = 'none';
  /** It is an error that nobody caught. */
  let crash = false;
  return {
    classes: classesOf({}, lineClass.ask),
    empty: lineClass.ask,
    begin: (chunk, from, to) => {
      const line = textOf(chunk, from, to);
      crash = source.test(line);
      if (crash) state = 'place';
      else state = opens.test(line) && /Error\b|\[errors\]/.test(line) ? 'properties' : 'none';
    },
    goesOn: (chunk, from, to) => {
      const next = nextState(textOf(chunk, from, to));
      if (next === undefined) return false;
      state = next;
      return true;
    },
  };

  function nextState(line: string): State | undefined {
    switch (state) {
      case 'place':
        return 'code';
      case 'code':
        return /^\s*\^+\s*$/.test(line) ? 'caret' : undefined;
      case 'caret':
        return line === '' ? 'gap' : undefined;
      case 'gap':
        return opens.test(line) ? 'properties' : 'error';
      case 'properties':
        if (indented.test(line)) return 'properties';
        return closes.test(line) ? 'error' : undefined;
      case 'end':
        return version.test(line) ? 'none' : undefined;
      default:
        if (crash && line === '') return 'end';
        if (frame.test(line)) return opens.test(line) ? 'properties' : 'error';
        return /^[ \t]+\[cause\]: /.test(line) ? 'error' : undefined;
    }
  }
}
