import { Exit, exitCode } from '#shared/exit.ts';
import { compileFilter } from '../bpf/compile-filter.ts';
import type { FilterExpression } from '../bpf/expression.ts';
import type { BpfProgram } from '../bpf/program.ts';
import { runFilter } from '../bpf/run-filter.ts';
import { privacyOf } from '../capture-plan.ts';
import { type Frame, linkTypes } from '../frame.ts';
import { orExit } from '../named-filter.ts';
import { headerEnd } from '../privacy.ts';
import type { CaptureOptions } from '../verb.ts';

/** Which frames of a file are taken, and what of them. */
export class FrameChoice {
  readonly #expression: FilterExpression | undefined;
  readonly #given: CaptureOptions;
  /** By link type: each has headers of its own. */
  readonly #programs = new Map<number, BpfProgram>();

  /** @param expression without one all pass */
  constructor(expression: FilterExpression | undefined, given: CaptureOptions) {
    this.#expression = expression;
    this.#given = given;
  }

  /** @throws Exit where the filter cannot be held against frames of such a link */
  takes({ bytes, start, end, length, interface: { linkType }, direction }: Frame): boolean {
    if (this.#given.direction !== 'inout' && direction !== this.#given.direction) return false;
    if (this.#expression === undefined) return true;
    return runFilter(this.#programOf(linkType), bytes, start, end, length) > 0;
  }

  /** What is kept of a frame; its payload is overwritten where it is to be masked. */
  kept(frame: Frame): Frame {
    const { snapLength } = this.#given;
    const privacy = privacyOf(this.#given);
    const {
      bytes,
      start,
      interface: { linkType },
    } = frame;
    const end = Math.min(frame.end, start + snapLength);
    if (privacy === 'all') return end === frame.end ? frame : withEnd(frame, end);
    const headers = headerEnd(bytes, start, end, linkType);
    if (privacy === 'headers') return withEnd(frame, headers);
    bytes.fill(0, headers, end);
    return withEnd(frame, end);
  }

  #programOf(linkType: number): BpfProgram {
    const known = this.#programs.get(linkType);
    if (known !== undefined) return known;
    if (!(Object.values(linkTypes) as number[]).includes(linkType))
      throw new Exit(
        exitCode.failed,
        `the file has packets of link type ${linkType}, which no filter fits; leave the filter out, or read it with tshark`,
      );
    const program = orExit(() => compileFilter(this.#expression, { linkType, snapLength: 262_144, vlan: 'frame' }));
    this.#programs.set(linkType, program);
    return program;
  }
}

function withEnd(frame: Frame, end: number): Frame {
  const { bytes, start, length, seconds, nanoseconds, interface: captured, direction, flags = 0 } = frame;
  return { bytes, start, end, length, seconds, nanoseconds, interface: captured, direction, flags };
}
