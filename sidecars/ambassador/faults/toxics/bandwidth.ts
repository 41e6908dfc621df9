import { catchUp, hold, pass, type ToxicKind } from './toxic.ts';

/** Bytes go on in portions of what may pass in so many milliseconds. */
const portion = 20;

/** At most `rate` KB (1000 bytes) pass in a second; with 0 none do. */
export const bandwidth: ToxicKind<'rate'> = {
  type: 'bandwidth',
  attributes: ['rate'],
  begin: () => {
    let free = 0;
    return {
      next: (head, { rate }, { now }) => {
        if (head.size === 0) return pass;
        if (rate === 0) return hold;
        // a KB in a second is a byte in a millisecond
        const bytes = Math.min(head.size, rate * portion);
        const due = Math.max(free, head.since) + bytes / rate;
        if (due > now) return { do: 'wait', until: due };
        free = Math.max(due, now - catchUp);
        return { do: 'pass', bytes };
      },
    };
  },
};
