import { nearest } from '#shared/config/nearest.ts';
import { innerName, variableName } from '#shared/config/table.ts';
import { sidecars } from './sidecars.ts';
import type { Where } from './where.ts';
import type { SidecarName } from './wish.ts';

/** What a key of a sidecar stands for. */
export interface Meaning {
  /** The key of the option in its table. */
  readonly option: string;
  /** The variable that gets the value; with `_FILE` behind it where the key has that. */
  readonly variable: string;
  /** Whether it has. */
  readonly isPath: boolean;
}

/** What each key of each sidecar stands for. */
const meanings = new Map(
  Object.values(sidecars).map(({ outline }) => [
    outline.name,
    new Map<string, Meaning>(
      Object.keys(outline.options).flatMap((option) => {
        const variable = variableName(outline, option);
        const meaning = { option, variable, isPath: false };
        return [
          [keyOf(option), meaning],
          [variable, meaning],
          [`${variable}_FILE`, { option, variable: `${variable}_FILE`, isPath: true }],
        ];
      }),
    ),
  ]),
);

/** What a key stands for: `max-line`, `LOGS_MAX_LINE` or `LOGS_MAX_LINE_FILE`; undefined where no option is called so. */
export function meaningOf(sidecar: SidecarName, key: string): Meaning | undefined {
  return meanings.get(sidecar)?.get(key);
}

/** The name of an option as a key. */
export function keyOf(option: string): string {
  return innerName(option);
}

/** What to say of a key that no option has. */
export function strangeKey(sidecar: SidecarName, key: string, overKey: Where['overKey']): string {
  const { outline } = sidecars[sidecar];
  const options = Object.keys(outline.options);
  const ofFile = /^(.+)-file$/.exec(key)?.[1];
  const meant = ofFile === undefined ? undefined : meaningOf(sidecar, ofFile);
  if (meant !== undefined)
    return `is no option of ${sidecar}; write ${ofFile}: ${overKey === 'service' ? `{ file: ./${ofFile} }` : '{ secret: NAME, key: KEY }'}, or ${meant.variable}_FILE for a path within the sidecar`;
  const keys = options.map(keyOf);
  const names = /^[A-Z0-9_]+$/.test(key)
    ? options.map((option) => variableName(outline, option))
    : [overKey, ...(sidecar === 'ambassador' ? ['hosts'] : []), ...keys];
  const near = nearest(key, names);
  if (near !== undefined) return `is no option of ${sidecar}; did you mean ${near}?`;
  const other = (Object.keys(sidecars) as SidecarName[]).find((name) => meaningOf(name, key) !== undefined);
  if (other !== undefined) return `is no option of ${sidecar}, but of ${other}; move it there`;
  return `is no option of ${sidecar}; docker run --rm sidekick/${sidecar} --help lists them`;
}
