import { type Joiner, lineClass } from './joiner.ts';
import { classesOf } from './text.ts';

/** Lines that match begin a record, all others go on with it. */
export function regex(begins: RegExp): Joiner {
  return {
    classes: classesOf({}, lineClass.ask),
    empty: begins.test('') ? lineClass.begins : lineClass.goesOn,
    goesOn: (chunk, from, to) => !begins.test(chunk.toString('utf8', from, to)),
  };
}
