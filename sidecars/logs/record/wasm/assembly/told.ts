// What the line that was read last tells.

/** Where its time stands. */
export let timeFrom: usize = 0;
export let timeTo: usize = 0;
/** Its stream is stderr, and not stdout. */
export let isErr: bool = false;
/** Where its message ends in the output, */
export let out: usize = 0;
/** and that it ends a line of the application. */
export let isWhole: bool = false;

export function tellHead(from: usize, to: usize, err: bool): void {
  timeFrom = from;
  timeTo = to;
  isErr = err;
}

export function tellMessage(at: usize, whole: bool): void {
  out = at;
  isWhole = whole;
}
