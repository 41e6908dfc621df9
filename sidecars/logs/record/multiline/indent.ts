import { type Joiner, lineClass } from './joiner.ts';
import { classesOf } from './text.ts';

/** Lines that begin with a space or a tab go on with the record before them. */
export function indent(): Joiner {
  return {
    classes: classesOf({ ' \t': lineClass.goesOn }, lineClass.begins),
    empty: lineClass.begins,
    goesOn: () => false,
  };
}
