import { type Joiner, lineClass } from './joiner.ts';
import { classesOf, textOf } from './text.ts';

const panic = /\bpanic: |\bfatal error: |^SIG[A-Z]+: |\bpanic serving |^unexpected fault address /;
const goroutine = /^(?:goroutine \d+ .*\[.*\]:$|runtime stack:$)/;
/** `main.main()`, `net/http.(*conn).serve(0xc0000b2000, {0x1, 0x2})`, `panic({…})`, `created by …`. */
const frame =
  /^(?:[^\s()]+(?:\(\*?[^\s()]+\)[^\s()]*)*\(.*\)$|created by |\.\.\.additional frames elided|\.\.\.\d+ frames elided)/;
const afterPanic = /^(?:[ \t]|\[signal |\[recovered\]|PC=|fatal error: |panic: |unexpected fault address )/;
const register = /^(?:r[a-z0-9]+|[cdefgs]s|lr|sp|pc|fault)\s+0x[0-9a-f]+$/;
const exitStatus = /^exit status \d+$/;

/**
 * Panics, fatal errors and signals of Go with all their goroutines, the blank lines between, and the `exit status` of `go run`. They begin at
 * `panic: …`, alone or at the end of a log line; a dump of goroutines without one begins at the first of them. A blank line behind a goroutine
 * is part of it: nobody knows yet whether another follows.
 */
export function go(): Joiner {
  let state: 'none' | 'panic' | 'blank' | 'frames' = 'none';
  return {
    classes: classesOf({}, lineClass.ask),
    empty: lineClass.ask,
    begin: (chunk, from, to) => {
      const line = textOf(chunk, from, to);
      if (panic.test(line)) state = 'panic';
      else state = goroutine.test(line) ? 'frames' : 'none';
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
    if (line === '') return 'blank';
    if (goroutine.test(line)) return 'frames';
    if (exitStatus.test(line)) return 'none';
    if (register.test(line)) return 'frames';
    if (state === 'panic' && afterPanic.test(line)) return 'panic';
    if (state === 'frames' && (/^[ \t]/.test(line) || frame.test(line))) return 'frames';
    return undefined;
  }
}
