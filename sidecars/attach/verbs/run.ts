import { nearest } from '#shared/config/nearest.ts';
import { Exit, exitCode } from '#shared/exit.ts';
import { byDefault, type How } from '../attached.ts';
import { problemsOf } from '../run/check.ts';
import { lineOf } from '../run/line.ts';
import { needsOf } from '../run/needs.ts';
import { flagsOfKeys } from '../run/over.ts';
import { type Beside, besideService, type ComposeText } from '../run/service.ts';
import { givenByFlags, givenByWish, nothingBeside, together } from '../run/settings.ts';
import { targetOf } from '../run/target.ts';
import { workOf } from '../run/work.ts';
import { sidecars } from '../wish/sidecars.ts';
import type { SidecarName } from '../wish/wish.ts';

/** What `run` was called with. */
export interface Asked {
  /** The container or the service, the sidecar, and its words. */
  readonly words: readonly string[];
  /** Variables, as `NAME=VALUE` or `NAME`. */
  readonly env: readonly string[];
}

/** A line for a shell, and what there is to say of it. */
export interface Line {
  readonly text: string;
  readonly notes: readonly string[];
}

/**
 * `run` — the `docker run` line for an ad hoc use.
 * @param file the compose file that the container is a service of; undefined where it is a container by its name.
 * @throws Exit where a name or the words are wrong. @throws Refused where the file is.
 */
export function runLine(
  { words: [name = '', called = '', ...words], env }: Asked,
  file: ComposeText | undefined,
  how: How,
): Line {
  const sidecar = sidecarOf(called, name);
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name))
    throw new Exit(exitCode.settings, `${name} is no name of a container or a service`);
  const attachable = sidecars[sidecar];
  const beside = file === undefined ? besideNothing(name, how) : besideService(name, sidecar, file, how);
  const { wish, target, images, tag } = beside;
  if (wish !== undefined && (wish.hosts.length > 0 || wish.links))
    throw new Exit(
      exitCode.settings,
      `hosts and links of ${name} change the service itself, which cannot be done once it runs; attach them to the file, or run it without -f and with routes`,
    );
  const asked = wish === undefined ? nothingBeside : givenByWish(wish, beside.secrets, beside.folder);
  const given = together(asked, givenByFlags(env));
  const problems = problemsOf(attachable, words, given);
  if (problems.length > 0)
    throw new Exit(
      exitCode.settings,
      [`sidekick/${sidecar} would refuse this:`, ...problems.map((problem) => `  ${problem}`)].join('\n'),
    );
  const work = workOf(attachable, words, given.known);
  const { flags: over, leftOut } = flagsOfKeys(wish?.over ?? {});
  return {
    text: lineOf({ target, sidecar, attachable, words, work, needs: needsOf(sidecar, work, given), given, over, images, tag }),
    notes: leftOut.map((key) => `service.${key} of ${name} is left out, as docker run has no such flag that would do`),
  };
}

function besideNothing(name: string, how: How): Beside {
  const images = how.images ?? byDefault.images;
  return { target: targetOf(name), wish: undefined, secrets: {}, folder: '.', images, tag: how.tag ?? byDefault.tag };
}

function sidecarOf(called: string, container: string): SidecarName {
  if (Object.hasOwn(sidecars, called)) return called as SidecarName;
  const names = Object.keys(sidecars);
  const near = Object.hasOwn(sidecars, container) ? undefined : nearest(called, names);
  const instead = Object.hasOwn(sidecars, container)
    ? `the container comes first: run ${called} ${container}`
    : near === undefined
      ? `there are ${names.join(', ')}`
      : `did you mean ${near}?`;
  throw new Exit(exitCode.settings, `${called} is no sidecar; ${instead}`);
}
