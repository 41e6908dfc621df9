import { Exit, exitCode } from '#shared/exit.ts';

/** How much of a long filter is shown on either side of the place that is wrong. */
const around = 60;

/** A filter that is wrong, or that this kind of packets cannot have. Its message shows the place. */
export class FilterError extends Error {
  override readonly name = 'FilterError';
  /** Where in the text, from 0; the length of the text where something is missing at its end. */
  readonly position: number;

  /**
   * @param what what is wrong there, and what would be right.
   * @param text the whole filter.
   */
  constructor(what: string, text: string, position: number) {
    super(`${what}\n${pointedAt(text, position)}`);
    this.position = position;
  }
}

/** How a wrong filter ends the process: with 64. */
export function filterExit(error: FilterError): Exit {
  return new Exit(exitCode.settings, `in the filter, ${error.message}`, { cause: error });
}

function pointedAt(text: string, position: number): string {
  const start = Math.max(0, position - around);
  const end = Math.min(text.length, position + around);
  const [before, behind] = [start > 0 ? '…' : '', end < text.length ? '…' : ''];
  // each of them as wide as it was, so that the caret stands where it belongs
  const shown = text
    .slice(start, end)
    .replaceAll(/\s/g, ' ')
    .replaceAll(/\p{Cc}/gu, '?');
  return `  ${before}${shown}${behind}\n  ${' '.repeat(before.length + position - start)}^`;
}
