import type { Wish } from './wish.ts';

/** What is given as plain text, by its variable. In compose such a text may hold `${NAME}`, and `$$` for a dollar, as it was written. */
export function environmentOf(wish: Wish): Record<string, string> {
  return Object.fromEntries(
    wish.settings.flatMap(({ variable, given }) => (given.from === 'text' ? [[variable, given.text] as const] : [])),
  );
}
