import { hold, pass, type ToxicKind } from './toxic.ts';

/** The connection is closed once `bytes` bytes have passed; with 0, at the first byte. */
export const limitData: ToxicKind<'bytes'> = {
  type: 'limit_data',
  attributes: ['bytes'],
  begin: () => {
    let passed = 0;
    return {
      next: (head, { bytes: limit }) => {
        if (head.size === 0) return pass;
        const bytes = Math.min(head.size, limit - passed);
        if (bytes <= 0) return { do: 'close' };
        passed += bytes;
        return { do: 'pass', bytes };
      },
      idle: ({ bytes: limit }) => (passed > 0 && passed >= limit ? { do: 'close' } : hold),
    };
  },
};
