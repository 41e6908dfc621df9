import { Invalid, type Kind } from '#shared/config/kinds.ts';
import { clockText, two } from './frame-times.ts';

/** How often -t was given, as tcpdump(8) counts it. */
export const timeStyles = ['clock', 'none', 'epoch', 'sinceBefore', 'date', 'sinceFirst'] as const;

/** How a line tells when its packet was seen. */
export type TimeStyle = (typeof timeStyles)[number];

/** The same as a flag that is given again and again: `-tttt`. */
export const timeStyleKind: Kind<TimeStyle> = {
  name: 'how often',
  switch: true,
  join: (texts) => (texts.length === 1 ? (texts[0] ?? '') : String(texts.length)),
  parse: (text) => {
    const style = timeStyles[text === 'true' ? 1 : text === 'false' ? 0 : Number(text)];
    if (style === undefined) throw new Invalid('is given at most five times');
    return style;
  },
  format: (style) => String(timeStyles.indexOf(style)),
};

/** A moment, or a span of time: seconds since 1970, and nanoseconds beside them. */
interface Moment {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** The beginnings of lines. Some styles tell a time from one packet to another, so packets have to come in their order. */
export class LineTimes {
  readonly #style: TimeStyle;
  #reference: Moment | undefined;

  constructor(style: TimeStyle) {
    this.#style = style;
  }

  /** When a packet was seen, with a blank behind it; nothing where that is not to be told. */
  text({ seconds, nanoseconds }: Moment): string {
    switch (this.#style) {
      case 'none':
        return '';
      case 'clock':
        return `${clockText(seconds, nanoseconds)} `;
      case 'epoch':
        return `${seconds}.${micros(nanoseconds)} `;
      case 'date':
        return `${dayText(seconds)}${clockText(seconds, nanoseconds)} `;
      case 'sinceBefore': {
        const since = this.#reference ?? { seconds, nanoseconds };
        this.#reference = { seconds, nanoseconds };
        return `${spanText(since, { seconds, nanoseconds })} `;
      }
      case 'sinceFirst':
        this.#reference ??= { seconds, nanoseconds };
        return `${spanText(this.#reference, { seconds, nanoseconds })} `;
    }
  }
}

function micros(nanoseconds: number): string {
  return String(1_000_000 + Math.floor(nanoseconds / 1000)).slice(1);
}

/** `2026-11-27 `, in the time zone of TZ; nothing where there is no such day. */
function dayText(seconds: number): string {
  const day = new Date(seconds * 1000);
  return Number.isNaN(day.getTime()) ? '' : `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())} `;
}

/** ` 00:00:01.000018`; with a minus in front where the second one was before the first. */
function spanText(from: Moment, to: Moment): string {
  const microseconds =
    (to.seconds - from.seconds) * 1e6 + Math.floor(to.nanoseconds / 1000) - Math.floor(from.nanoseconds / 1000);
  const whole = Math.abs(microseconds);
  const seconds = Math.floor(whole / 1e6);
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(':');
  return `${microseconds < 0 ? '-' : ' '}${clock}.${String(1_000_000 + (whole % 1e6)).slice(1)}`;
}
