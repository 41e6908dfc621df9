import { parse } from 'yaml';
import { Exit, exitCode } from '#shared/exit.ts';
import type { Attached, How } from '../attached.ts';
import { attachCompose } from '../compose/attach.ts';
import { keysOf } from '../compose/model/plain.ts';
import { recordOf } from '../compose/record.ts';
import { removeFromCompose } from '../compose/remove.ts';
import { engineOf } from '../files/engine.ts';
import type { Input } from '../files/input.ts';
import { attachKubernetes } from '../kubernetes/attach.ts';
import { removeFromKubernetes } from '../kubernetes/remove.ts';
import { plainly } from '../yaml/parsed.ts';

/** Which engine a file is for, as the person says, and what is to be done with it. */
export interface Wanted {
  readonly kubernetes: boolean;
  readonly remove: boolean;
}

/** A file with sidecars attached, or taken out again. @throws Refused where it is wrong. @throws Exit where it is for the other engine. */
export function rewrite({ text, name }: Input, { kubernetes, remove }: Wanted, how: How): Attached {
  const engine = engineOf(text);
  if (engine === 'kubernetes' && !kubernetes)
    throw new Exit(exitCode.settings, `${name} is a manifest of Kubernetes; call it with --kubernetes`);
  if (engine === 'compose' && kubernetes)
    throw new Exit(exitCode.settings, `${name} is a compose file, and --kubernetes is for manifests; leave it out`);
  if (!remove) return kubernetes ? attachKubernetes(text, how) : attachCompose(text, how);
  return { text: kubernetes ? removeFromKubernetes(text, name) : removeFromCompose(text, name), changes: [] };
}

/** One line that says what was done. */
export function summary({ name, text }: Input, attached: Attached, { kubernetes, remove }: Wanted): string {
  if (remove)
    return attached.text === text ? `nothing is attached in ${name}; it stays as it is` : `took out of ${name} what was attached`;
  if (attached.changes.length > 0) return `${name}: ${(kubernetes ? workloadsOf(attached) : servicesOf(attached)).join('; ')}`;
  const where = kubernetes ? 'the annotation sidekick/attach of a workload' : 'x-sidekick of a service';
  return `${name} asks for no sidecar; write what you want under ${where}. It stays as it is`;
}

function workloadsOf({ changes }: Attached): string[] {
  return [...new Set(changes.map(({ owner }) => owner))];
}

/** Services, each with those that were attached to it: `web-logs, web-netprobe beside web`. */
function servicesOf({ text }: Attached): string[] {
  const found = new Map<string, string[]>();
  for (const [name, service] of Object.entries(keysOf(keysOf(parse(text, { logLevel: 'error', ...plainly })).services))) {
    const owner = recordOf(service)?.['attached-to'];
    if (owner !== undefined) found.set(owner, [...(found.get(owner) ?? []), name]);
  }
  return [...found].map(([owner, names]) => `${names.join(', ')} beside ${owner}`);
}
