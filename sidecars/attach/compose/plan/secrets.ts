import type { Option } from '#shared/config/table.ts';
import { innerName } from '#shared/config/table.ts';
import type { Setting } from '../../wish/wish.ts';
import type { ComposeFile } from '../model/compose-file.ts';
import { keysOf } from '../model/plain.ts';
import { type Complaints, type Draft, type Reason, sharedName } from './draft.ts';

/** The settings of a sidecar as compose gives them to it. */
export interface Settings {
  readonly environment: Readonly<Record<string, string>>;
  /** Secrets that are mounted. */
  readonly mounted: readonly string[];
  /** Secrets of the file that are new, and the files that they are. */
  readonly added: ReadonlyMap<string, { readonly file: string }>;
  readonly reasons: readonly Reason[];
}

/** The settings of a draft. */
export function settingsOf(draft: Draft, file: ComposeFile, complaints: Complaints): Settings {
  const environment: Record<string, string> = {};
  const mounted = new Set<string>();
  const added = new Map<string, { readonly file: string }>();
  const reasons: Reason[] = [];
  const mount = (setting: Setting, name: string, why: string) => {
    mounted.add(name);
    // an option that is a path gets the path, any other one the value that is in the file
    environment[isPath(draft, setting) ? setting.variable : `${setting.variable}_FILE`] = `/run/secrets/${name}`;
    reasons.push({ what: `secrets: [${name}]`, why });
  };
  const pass = (setting: Setting, variable: string, why: string) => {
    environment[setting.variable] = `\${${variable}:?}`;
    reasons.push({ what: `${setting.variable}: \${${variable}:?}`, why });
  };
  for (const setting of draft.wish.settings) {
    const { given } = setting;
    if (given.from === 'text') environment[setting.variable] = given.text;
    else if (given.from === 'file') {
      const name = `${sharedName(draft)}-${innerName(setting.option)}`;
      if (keysOf(file.keys.secrets)[name] !== undefined)
        complaints.ofWish(draft, setting, `needs the name ${name} for a secret, which this file has already`);
      added.set(name, { file: given.path });
      mount(setting, name, `${given.path} is seen by ${draft.name} alone; user 65532 has to be able to read it`);
    } else if (given.from === 'environment') pass(setting, given.variable, fromEnvironment);
    else takeSecret(setting, given.name);
  }
  return { environment, mounted: [...mounted], added, reasons };

  function takeSecret(setting: Setting, name: string): void {
    const secret = keysOf(file.keys.secrets)[name];
    const { environment: variable, content } = keysOf(secret);
    if (secret === undefined)
      complaints.ofWish(draft, setting, `names the secret ${name}, which is not among the secrets of this file`);
    else if (content !== undefined || (variable !== undefined && isPath(draft, setting)))
      complaints.ofWish(
        draft,
        setting,
        `names the secret ${name}, which is no file, so that compose cannot put it into a container that is read-only; keep it in a file`,
      );
    else if (variable !== undefined) pass(setting, String(variable), `${name} comes from that variable; ${fromEnvironment}`);
    else mount(setting, name, `${name} is a secret of this file`);
  }
}

/** As compose 2.40 says it: cannot create secret in read-only service: `file` is the sole supported option. */
const fromEnvironment = 'compose cannot make a secret of a variable for a container that is read-only';

function isPath({ sidecar }: Draft, { option }: Setting): boolean {
  return (sidecar.outline.options[option] as Option<unknown>).kind.name === 'path';
}
