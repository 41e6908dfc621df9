import { parseCommandLine } from '#shared/config/command-line.ts';
import type { Attachable } from '../wish/sidecars.ts';

/** What the words of a sidecar ask it for. */
export interface Work {
  /** `top`; undefined where it is the steady work, or a mode such as `--check`. */
  readonly verb: string | undefined;
  /** Whether it goes on until it is told to stop, with nobody looking at it. */
  readonly isSteady: boolean;
  /** Whether a person looks at what it prints: a screen, a table, how far it is. */
  readonly isLookedAt: boolean;
  /** What the words give to options, by their keys. */
  readonly texts: ReadonlyMap<string, readonly string[]>;
  /** What they give to the verb. */
  readonly ofVerb: ReadonlyMap<string, readonly string[]>;
}

/**
 * Takes the words of a sidecar apart.
 * @param known its environment, as far as it is known.
 */
export function workOf({ outline }: Attachable, words: readonly string[], known: Readonly<Record<string, string>>): Work {
  const { mode, call, texts } = parseCommandLine(outline, words);
  const ofVerb = call?.texts ?? new Map();
  const isSteady = call === undefined && mode === 'run' && !isOn(texts.get('once')?.at(-1) ?? known.LOGS_ONCE);
  // a terminal would mix what a file or a program is to get with what is said beside it
  const isData = isOn(ofVerb.get('json')?.at(-1)) || call?.verb === 'show';
  return { verb: call?.verb, isSteady, isLookedAt: call !== undefined && !isData, texts, ofVerb };
}

function isOn(text: string | undefined): boolean {
  return /^(true|yes|on|1)$/i.test(text ?? '');
}
