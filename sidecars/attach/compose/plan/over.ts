import { mountsOf } from '../model/mounts.ts';
import { isMapping, itemsOf, type Keys, keysOf } from '../model/plain.ts';

/**
 * Puts what a person wrote under `service` over what is generated: mappings are merged deeply, and lists and single values take the place of
 * what was there. `null` takes a key out. Of `volumes`, as compose does it, only those at the same place are replaced; of `network_mode` and
 * `networks`, which exclude each other, the generated one goes; and limits go to where others are given.
 */
export function goOver(generated: Keys, over: Keys): Record<string, unknown> {
  const found = merged(withLimits(generated, over), withMappings(over));
  if (over.volumes !== undefined && over.volumes !== null) found.volumes = mergedVolumes(generated, over);
  for (const [given, other] of [
    ['network_mode', 'networks'],
    ['networks', 'network_mode'],
  ] as const)
    if (over[given] && !over[other]) delete found[other];
  return found;
}

function merged(generated: Keys, over: Keys): Record<string, unknown> {
  const found: Record<string, unknown> = { ...generated };
  for (const [key, value] of Object.entries(over)) {
    if (value === null) delete found[key];
    else found[key] = isMapping(value) && isMapping(found[key]) ? merged(found[key], value) : value;
  }
  return found;
}

/** Compose wants all limits in one place: can't set distinct values on 'mem_limit' and 'deploy.resources.limits.memory'. */
function withLimits(generated: Keys, over: Keys): Keys {
  if (keysOf(keysOf(over.deploy).resources).limits === undefined) return generated;
  const { mem_limit: memory, pids_limit: pids, ...rest } = generated;
  return { ...rest, deploy: { resources: { limits: { memory, pids } } } };
}

/** What is generated as a mapping, and may be written as a list. */
function withMappings(over: Keys): Keys {
  const { environment, depends_on: depends } = over;
  return {
    ...over,
    ...(Array.isArray(environment) ? { environment: Object.fromEntries(environment.map((entry) => pairOf(String(entry)))) } : {}),
    ...(Array.isArray(depends)
      ? { depends_on: Object.fromEntries(depends.map((name) => [name, { condition: 'service_started' }])) }
      : {}),
  };
}

/** `A=b`; without a value it is that of whoever calls compose. */
function pairOf(entry: string): [string, string] {
  const [, name = entry, value] = /^([^=]*)=(.*)$/s.exec(entry) ?? [];
  return [name, value ?? `\${${name}:-}`];
}

function mergedVolumes(generated: Keys, over: Keys): unknown[] {
  const given = mountsOf({ volumes: over.volumes }).map(({ target }) => target);
  const volumes = itemsOf(generated.volumes);
  const targets = mountsOf({ volumes }).map(({ target }) => target);
  return [
    ...volumes.filter((_, index) => targets[index] === undefined || !given.includes(targets[index])),
    ...itemsOf(over.volumes),
  ];
}
