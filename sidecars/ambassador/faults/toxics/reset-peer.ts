import type { ToxicKind } from './toxic.ts';

/** The connection is reset `timeout` milliseconds after the first thing that is sent, which never arrives. */
export const resetPeer: ToxicKind<'timeout'> = {
  type: 'reset_peer',
  attributes: ['timeout'],
  begin: () => ({
    next: (head, { timeout }, { now }) =>
      head.since + timeout > now ? { do: 'hold', until: head.since + timeout } : { do: 'reset' },
  }),
};
