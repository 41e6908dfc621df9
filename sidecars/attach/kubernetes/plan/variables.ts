import { settingOf, type Wish } from '../../wish/wish.ts';

/** A variable of a container. */
export interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: unknown;
}

/** The variables of settings that are written out, but for routes, which have a place of their own. */
export function textVariables(wish: Wish): Variable[] {
  return wish.settings.flatMap(({ variable, given }) =>
    given.from === 'text' && variable !== 'AMBASSADOR_ROUTES' ? [{ name: variable, value: asWritten(given.text) }] : [],
  );
}

/** A text that Kubernetes leaves as it is: it takes `$$` for a dollar. `$(NAME)` is a variable of the container, where there is one. */
export function asWritten(text: string): string {
  return text.replaceAll('$$', () => '$$$$');
}

/** The text of an option, where it is written out, and is not the path of a file with it. */
export function textOf(wish: Wish, option: string): string | undefined {
  const setting = settingOf(wish, option);
  return setting?.given.from === 'text' && !setting.isPath ? setting.given.text : undefined;
}
