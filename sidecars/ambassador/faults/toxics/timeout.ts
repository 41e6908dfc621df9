import { type Attributes, hold, type Idle, type Moment, type ToxicKind } from './toxic.ts';

/**
 * Nothing passes any more, and after `timeout` milliseconds the connection is closed. With 0 it is not: what was sent waits, and goes
 * on when the toxic is removed. (toxiproxy throws it away, and closes the connection when the toxic is removed.)
 */
export const timeout: ToxicKind<'timeout'> = {
  type: 'timeout',
  attributes: ['timeout'],
  begin: () => ({
    next: (_, attributes, moment) => untilOver(attributes, moment),
    idle: untilOver,
  }),
};

function untilOver({ timeout }: Attributes<'timeout'>, { now, began }: Moment): Idle {
  if (timeout === 0) return hold;
  return began + timeout > now ? { do: 'hold', until: began + timeout } : { do: 'close' };
}
