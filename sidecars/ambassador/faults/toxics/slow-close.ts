import { pass, type ToxicKind } from './toxic.ts';

/** The end of the stream arrives `delay` milliseconds later. */
export const slowClose: ToxicKind<'delay'> = {
  type: 'slow_close',
  attributes: ['delay'],
  begin: () => ({
    next: (head, { delay }, { now }) => {
      const isClose = head.end === 'fin' || head.end === 'close';
      return isClose && head.since + delay > now ? { do: 'wait', until: head.since + delay } : pass;
    },
  }),
};
