import { formatAddress, type Listen, listen } from '#shared/config/address.ts';
import { variableName } from '#shared/config/table.ts';
import { sidecars } from '../../wish/sidecars.ts';
import { settingOf } from '../../wish/wish.ts';
import type { ComposeFile } from '../model/compose-file.ts';
import { portsOf } from '../model/ports.ts';
import type { Complaints, Draft, Piece } from './draft.ts';
import { type Network, namespaceOf } from './network.ts';

/** The ports that are taken in each network namespace. */
export class Ports {
  readonly #taken = new Map<string, Set<number>>();

  constructor(file: ComposeFile) {
    for (const service of file.services.values()) this.take(namespaceOf(service, file), portsOf(service.keys).filter(isOfOwner));
  }

  take(namespace: string, ports: readonly number[]): void {
    const taken = this.#taken.get(namespace) ?? new Set();
    for (const port of ports) taken.add(port);
    this.#taken.set(namespace, taken);
  }

  has(namespace: string, port: number): boolean {
    return this.#taken.get(namespace)?.has(port) ?? false;
  }
}

/** Whoever publishes the port of a sidecar's admin server on the owner of the network does it for the sidecar. */
function isOfOwner(port: number): boolean {
  return !Object.values(sidecars).some(({ adminPort }) => adminPort === port);
}

/** Takes the port of the admin server that was given for a draft. @returns false where none was, so that one has to be found */
export function takeAdmin(draft: Draft, { namespace, isOfReplica }: Network, ports: Ports, complaints: Complaints): boolean {
  const { wish, sidecar, replica = 1 } = draft;
  const given = settingOf(wish, 'admin');
  const address = given?.given.from === 'text' ? addressOf(given.given.text) : undefined;
  if (address?.type === 'tcp') {
    if (replica > 1 && !isOfReplica)
      complaints.ofWish(
        draft,
        given,
        `is one port for all containers of ${draft.owner.name}, which share a network; leave it out, and each gets one of its own`,
      );
    ports.take(namespace, [address.port]);
  }
  // what a variable or a file says is not known; it is let alone all the same
  else if (given !== undefined && address === undefined) ports.take(namespace, [sidecar.adminPort]);
  return given !== undefined;
}

/** Finds a port for the admin server: its own, or the next that is free in steps of ten, which leaves those of its siblings alone. */
export function findAdmin({ sidecar, owner }: Draft, namespace: string, ports: Ports): Piece {
  let port = sidecar.adminPort;
  while (ports.has(namespace, port)) port += 10;
  ports.take(namespace, [port]);
  if (port === sidecar.adminPort) return { keys: {}, reasons: [] };
  const name = variableName(sidecar.outline, 'admin');
  const text = formatAddress({ type: 'tcp', host: undefined, port });
  return {
    keys: { [name]: text },
    reasons: [{ what: `${name}: ${text}`, why: `${sidecar.adminPort} is taken in the network of ${owner.name}` }],
  };
}

function addressOf(text: string): Listen | undefined {
  try {
    return listen.parse(text);
  } catch {
    return undefined;
  }
}
