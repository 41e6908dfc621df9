import { pass, type ToxicKind } from './toxic.ts';

/** Everything, the end too, arrives `latency` ± `jitter` milliseconds later; never in another order. */
export const latency: ToxicKind<'latency' | 'jitter'> = {
  type: 'latency',
  attributes: ['latency', 'jitter'],
  begin: () => ({
    next: (head, attributes, { now }) => {
      const due = head.since + attributes.latency + head.luck * attributes.jitter;
      return due > now ? { do: 'wait', until: due } : pass;
    },
  }),
};
