import { type Joiner, lineClass } from './joiner.ts';
import { classesOf, indentOf, startsWith } from './text.ts';

/** What a line of a trace begins with, behind its indent; it has to have one, or not. */
const indented = ['at ', 'eval at ', '... ', '- ', '--- End of ', '[CIRCULAR REFERENCE'].map((word) => Buffer.from(word));
const anywhere = ['Caused by:', 'Suppressed:', 'Wrapped by:', 'nested exception is:', '--- End of stack trace'].map((word) =>
  Buffer.from(word),
);

/**
 * Traces of Java and of what runs beside it (Kotlin, Scala; C# looks alike): the line with the exception, be it alone or at the end of a log line, and then
 * `at …`, `... 12 more`, `Caused by: …`, `Suppressed: …`, the locks of a thread dump.
 * The lines are those that fluent-bit's parser `java` and detect-exceptions of Fluentd go by.
 */
export function java(): Joiner {
  return {
    classes: classesOf({ ' \tCSWn-': lineClass.ask }, lineClass.begins),
    empty: lineClass.begins,
    goesOn: (chunk, from, to) => {
      const indent = indentOf(chunk, from, to);
      const at = from + indent;
      return (
        (indent > 0 && indented.some((word) => startsWith(chunk, at, to, word))) ||
        anywhere.some((word) => startsWith(chunk, at, to, word))
      );
    },
  };
}
