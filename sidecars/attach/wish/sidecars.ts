import { read, type Source } from '#shared/config/read.ts';
import type { Options, Outline, Program } from '#shared/config/table.ts';
import type { Verbs } from '#shared/config/verb.ts';
import { program as ambassador } from '../../ambassador/config.ts';
import { program as backup } from '../../backup/config.ts';
import { program as logs } from '../../logs/config.ts';
import { program as netprobe } from '../../netprobe/config.ts';
import type { SidecarName } from './wish.ts';

/** What attach knows of a sidecar beside its table of options. */
interface Needs {
  /** The port of its admin server where nothing else is said. */
  readonly adminPort: number;
  /** Whether it works in the network namespace of the container. */
  readonly joinsNetwork: boolean;
  /** The option that names folders and files of the container. */
  readonly files?: string;
  /** Folders of its own that have to outlive the container. */
  readonly state: readonly string[];
  /** Folders of its own that need not. */
  readonly scratch: readonly string[];
  /** What it is held to, in MiB. */
  readonly memory: number;
}

/** A sidecar that can be attached. */
export interface Attachable extends Needs {
  readonly outline: Outline;
  /** What its own table finds wrong in settings and words, as it would say at its start. */
  readonly problemsOf: (source: Source) => readonly string[];
}

function attachable<O extends Options, V extends Verbs>(program: Program<O, V>, needs: Needs): Attachable {
  return { ...needs, outline: program, problemsOf: (source) => read(program, source).problems };
}

/** All sidecars that can be attached. */
export const sidecars: Readonly<Record<SidecarName, Attachable>> = {
  logs: attachable(logs, { adminPort: 9801, joinsNetwork: false, files: 'paths', state: ['/state'], scratch: [], memory: 64 }),
  backup: attachable(backup, {
    adminPort: 9802,
    joinsNetwork: false,
    files: 'sources',
    state: ['/state'],
    scratch: ['/tmp'],
    memory: 192,
  }),
  ambassador: attachable(ambassador, { adminPort: 9803, joinsNetwork: true, state: [], scratch: [], memory: 64 }),
  netprobe: attachable(netprobe, { adminPort: 9804, joinsNetwork: true, state: [], scratch: [], memory: 64 }),
};
