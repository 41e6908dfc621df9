import { settingOf } from '../../wish/wish.ts';
import type { ComposeFile } from '../model/compose-file.ts';
import { readiness } from '../model/healthcheck.ts';
import { itemsOf } from '../model/plain.ts';
import type { Service } from '../model/service.ts';
import type { Draft, Piece, Reason } from './draft.ts';
import type { Network } from './network.ts';

interface Dependency {
  readonly condition: string;
  readonly restart?: true;
}

/** What a draft waits for. Nothing waits for it, so that there can be no circle. */
export function dependenciesOf(draft: Draft, { restartsWith }: Network, file: ComposeFile): Piece {
  const { owner, wish } = draft;
  const found = new Map<string, Dependency>();
  const reasons: Reason[] = [];
  const add = (service: string, dependency: Dependency, why: string) => {
    if (found.has(service)) return;
    found.set(service, dependency);
    reasons.push({ what: `depends_on: ${service}`, why });
  };
  const ownerIs = isJob(draft)
    ? 'service_completed_successfully'
    : wish.sidecar === 'backup'
      ? readiness(owner.keys)
      : 'service_started';
  if (restartsWith.includes(owner.name))
    add(
      owner.name,
      { condition: ownerIs, restart: true },
      `started anew, ${owner.name} has another network, in which the sidecar is not until it is, too`,
    );
  else
    add(
      owner.name,
      { condition: ownerIs },
      {
        service_healthy: `what is read is there once ${owner.name} is healthy`,
        service_completed_successfully: `all that ${owner.name} wrote is there once it has ended`,
        service_started: `it comes after ${owner.name}, and stops before it`,
      }[ownerIs],
    );
  for (const name of restartsWith)
    add(
      name,
      { condition: 'service_started', restart: true },
      `started anew, ${name} has another network, in which the sidecar is not until it is, too`,
    );
  for (const name of sidecarNeeds(draft)) {
    const target = file.services.get(name) ?? [...file.services.values()].find(({ keys }) => keys.container_name === name);
    if (target !== undefined && isThereWith(owner, target))
      add(target.name, { condition: readiness(target.keys) }, `its settings name it`);
  }
  return { keys: { depends_on: Object.fromEntries(found) }, reasons };
}

/** Whether it ends by itself, once all is done: what it is attached to is a job. */
export function isJob({ wish }: Draft): boolean {
  const given = settingOf(wish, 'once')?.given;
  return given?.from === 'text' && /^(true|yes|on|1)$/i.test(given.text);
}

/** The hosts that settings of logs and backup name; the other two are made for those that come and go. */
function sidecarNeeds({ wish, sidecar }: Draft): string[] {
  if (sidecar.joinsNetwork) return [];
  return wish.settings.flatMap(({ option, given }) => {
    if (given.from !== 'text') return [];
    if (option === 'pgHost') return [given.text];
    return [...given.text.matchAll(/:\/\/(?:[^/@\s,]*@)?([A-Za-z0-9][A-Za-z0-9_.-]*)/g)].map(([, host = '']) => host);
  });
}

/** Whether a service is started wherever the owner is: one with a profile need not be. */
function isThereWith(owner: Service, target: Service): boolean {
  const [own, others] = [itemsOf(owner.keys.profiles), itemsOf(target.keys.profiles)];
  return others.length === 0 || (own.length > 0 && own.every((profile) => others.includes(profile)));
}
