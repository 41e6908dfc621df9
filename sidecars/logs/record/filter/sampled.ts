import { Invalid, type Kind, share } from '#shared/config/kinds.ts';

/** The share of records that is shipped: above 0, as nothing at all is asked for by mistake. */
export const sampled: Kind<number> = {
  ...share,
  parse: (text) => {
    const value = share.parse(text);
    if (value === 0) throw new Invalid('would ship nothing; name a share above 0%');
    return value;
  },
};
