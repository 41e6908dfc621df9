import { quoted } from './shell.ts';

/** The container that a sidecar is attached to, as a shell reads it. */
export interface Target {
  /** What names of the sidecar's own begin with: `web`. */
  readonly name: string;
  /** `web`, or `$(docker compose -f compose.yaml ps -q web)`. */
  readonly container: string;
  /** Whose network it is in: `container:web`, `host`. */
  readonly network: string;
}

/** A container that runs, by its name. */
export function targetOf(name: string): Target {
  return { name, container: quoted(name), network: `container:${quoted(name)}` };
}

/**
 * The first container of a service.
 * @param file the compose file; undefined where compose finds it by itself.
 * @param keys those of the service.
 */
export function targetOfService(
  name: string,
  file: string | undefined,
  keys: Readonly<Record<string, unknown>>,
  replicas: number,
): Target {
  const compose = file === undefined ? 'docker compose' : `docker compose -f ${quoted(file)}`;
  const containerOf = (service: string) => `$(${compose} ps -q ${quoted(service)}${replicas > 1 ? ' | head -n 1' : ''})`;
  const container = containerOf(name);
  const mode = typeof keys.network_mode === 'string' ? keys.network_mode : '';
  // a network can be joined only where it begins
  if (mode.startsWith('service:')) return { name, container, network: `container:${containerOf(mode.slice('service:'.length))}` };
  if (mode === 'host' || mode.startsWith('container:')) return { name, container, network: quoted(mode) };
  return { name, container, network: `container:${container}` };
}
