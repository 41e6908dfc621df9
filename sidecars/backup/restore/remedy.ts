import type { Lack, Shortfall } from '../archive/shortfalls.ts';

/** The capability (capabilities(7)) that each step of a restore takes where it is not permitted. */
const capabilities: { readonly [lack in Lack]?: string } = {
  owner: 'CHOWN',
  mode: 'FOWNER',
  'set-id': 'FSETID',
  time: 'FOWNER',
  'file capability': 'SETFCAP',
  'privileged xattr': 'SYS_ADMIN',
  device: 'MKNOD',
};

/** What to do about what is missing of a restore; undefined where no permission would help. */
export function remedyOf({ lack, denied }: Pick<Shortfall, 'lack' | 'denied'>): string | undefined {
  const capability = denied ? capabilities[lack] : undefined;
  // Docker gives added capabilities to root alone
  return capability && `restore again as root with that capability: docker run --user 0 --cap-add ${capability}`;
}
