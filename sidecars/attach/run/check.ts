import type { Attachable } from '../wish/sidecars.ts';
import type { GivenBeside } from './settings.ts';

/** What the sidecar's own table finds wrong with words and settings. */
export function problemsOf(
  { problemsOf: check }: Attachable,
  words: readonly string[],
  { known, unknown }: GivenBeside,
): string[] {
  // what nobody knows yet is there all the same; what is wrong with the text that stands for it is not told
  const standIns = Object.fromEntries(unknown.map((variable) => [variable.replace(/_FILE$/, ''), 'stand-in']));
  const problems = check({ argv: words, env: { ...standIns, ...known }, readFile: () => 'stand-in' });
  const isOfStandIn = (problem: string) => Object.keys(standIns).some((variable) => problem.startsWith(variable));
  return problems.filter((problem) => !isOfStandIn(problem));
}
