import { Invalid, type Kind } from '#shared/config/kinds.ts';

/** A share of something, `10%` or `0.1`; the value is from 0 to 1. */
export const share: Kind<number> = {
  name: 'share',
  parse: (text) => {
    const [, digits, percent] = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text) ?? [];
    if (digits === undefined) throw new Invalid('is no share, such as 10% or 0.1');
    const value = Number(digits) / (percent === '%' ? 100 : 1);
    if (value > 1) throw new Invalid(`is too large: the most is 100%; write ${Number(digits)}% for a hundredth of that`);
    return value;
  },
  format: (value) => `${Number((value * 100).toFixed(6))}%`,
};
