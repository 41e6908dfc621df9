import { type Joiner, lineClass } from './joiner.ts';
import { classesOf, textOf } from './text.ts';

const header = /Traceback \(most recent call last\):\s*$/;
const indented = /^[ \t]/;
/** `ValueError: …`, `package.module.Error`, `KeyboardInterrupt`. */
const exception = /^[\p{L}_][\w.]*(?:: |:?$)/u;
const chained =
  /^(?:During handling of the above exception, another exception occurred|The above exception was the direct cause of)/;

/**
 * Traces of Python: from `Traceback (most recent call last):`, alone or at the end of a log line, to the line with the exception and what is indented below it;
 * then also the exceptions that are chained to it, with the blank lines and the sentence between. A blank line behind a trace is part of it: nobody
 * knows yet whether another follows.
 */
export function python(): Joiner {
  let state: 'none' | 'trace' | 'exception' | 'blank' | 'chained' = 'none';
  return {
    classes: classesOf({}, lineClass.ask),
    empty: lineClass.ask,
    begin: (chunk, from, to) => {
      state = header.test(textOf(chunk, from, to)) ? 'trace' : 'none';
    },
    goesOn: (chunk, from, to) => {
      if (state === 'none') return false;
      const next = nextState(textOf(chunk, from, to));
      if (next === undefined) return false;
      state = next;
      return true;
    },
  };

  function nextState(line: string): typeof state | undefined {
    switch (state) {
      case 'trace':
        if (indented.test(line)) return 'trace';
        return exception.test(line) ? 'exception' : undefined;
      case 'exception':
        if (line === '') return 'blank';
        return indented.test(line) ? 'exception' : undefined;
      case 'blank':
        return chained.test(line.trimStart()) ? 'chained' : undefined;
      case 'chained':
        if (header.test(line)) return 'trace';
        return line === '' ? 'chained' : undefined;
      default:
        return undefined;
    }
  }
}
