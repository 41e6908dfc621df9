import { catchUp, pass, type ToxicKind } from './toxic.ts';

/**
 * Bytes go on in slices of `average_size` ± `size_variation`, with `delay` microseconds after each. Where the average is 0 nothing is
 * cut, and the delay follows whatever is sent at once.
 */
export const slicer: ToxicKind<'average_size' | 'size_variation' | 'delay'> = {
  type: 'slicer',
  attributes: ['average_size', 'size_variation', 'delay'],
  conflict: ({ average_size: average, size_variation: variation }) =>
    variation > 0 && variation >= average ? 'size_variation has to be less than average_size' : undefined,
  begin: () => {
    let free = 0;
    return {
      next: (head, { average_size: average, size_variation: variation, delay }, { now }) => {
        if (free > now) return { do: 'wait', until: free };
        if (head.size === 0) return pass;
        free = Math.max(free, head.since, now - catchUp) + delay / 1000;
        if (average === 0) return pass;
        const size = Math.round(average + (Math.random() * 2 - 1) * variation);
        return { do: 'pass', bytes: Math.min(head.size, size) };
      },
    };
  },
};
