import { parseEnv } from 'node:util';
import { type Files, reasonOf } from './files.ts';

/**
 * The values in a settings file, by their names; none where no file is given, and undefined where it cannot be read.
 * @param flag the path given by `--settings`. @param variable the one in SIDEKICK_SETTINGS, where there is no flag.
 */
export function readSettingsFile(
  flag: string | undefined,
  variable: string | undefined,
  files: Files,
  problems: string[],
): Readonly<Record<string, string | undefined>> | undefined {
  const path = flag ?? variable;
  if (!path) return {};
  try {
    const text = files.read(path);
    // parseEnv passes over lines that it does not understand; we do not
    const quoted = text.replace(/=\s*(["'`])(?:(?!\1)[\s\S])*\1/g, '=');
    for (const [index, entry] of quoted.split('\n').entries()) {
      if (!/^\s*(#.*)?$|^\s*(export\s+)?[A-Za-z_]\w*\s*=/.test(entry))
        problems.push(`${path}: line ${index + 1} or below is not NAME=VALUE`);
    }
    return parseEnv(text);
  } catch (error) {
    const place = flag === undefined ? 'SIDEKICK_SETTINGS' : '--settings';
    problems.push(`${place}=${path} cannot be read: ${reasonOf(error)}; check the path and that this user may read it`);
    return undefined;
  }
}
