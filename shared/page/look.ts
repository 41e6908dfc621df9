import type { Elements } from './elements.ts';

declare const document: { title: string };

/** What `/status` of every sidecar tells, and whatever else a page asks. */
export interface Said {
  readonly version: string;
  readonly health: {
    readonly summary: string;
    readonly ready: boolean;
    readonly parts: Readonly<Record<string, { readonly state: string; readonly reason?: string }>>;
  };
}

/**
 * Asks `/status`, or another path, each second, and shows whether there is an answer and whether the sidecar is ready.
 * It is sent to browsers as its own text: whatever it uses has to be given to it, and only types may come from outside.
 * @param show is given each answer.
 * @param lost is told when there is none any more.
 * @param path what is asked, relative to the page.
 */
export function look<S extends Said>(
  { byId, write }: Elements,
  name: string,
  show: (said: S) => void,
  lost: () => void = () => {},
  path = 'status',
): void {
  /** Since when there is no answer. */
  let goneSince: Date | undefined;

  const again = async (): Promise<void> => {
    try {
      const answer = await fetch(path, { signal: AbortSignal.timeout(3000) });
      if (!answer.ok) throw new Error(await answer.text());
      const said = (await answer.json()) as S;
      const { summary, ready } = said.health;
      write(byId('ready'), summary, ready ? 'up' : 'down');
      document.title = `${ready ? '' : `${summary} · `}${name}`;
      show(said);
      goneSince = undefined;
      write(byId('gone'), '');
    } catch (error) {
      goneSince ??= new Date();
      const why = error instanceof Error ? error.message : String(error);
      write(
        byId('gone'),
        `No answer from the sidecar since ${goneSince.toLocaleTimeString()} (${why}). What is below is what it last said.`,
      );
      write(byId('ready'), '');
      document.title = `no answer · ${name}`;
      lost();
    }
    setTimeout(again, 1000);
  };
  void again();
}
