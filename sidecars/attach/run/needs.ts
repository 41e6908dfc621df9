import { type Option, variableName } from '#shared/config/table.ts';
import { sidecars } from '../wish/sidecars.ts';
import type { SidecarName } from '../wish/wish.ts';
import type { GivenBeside } from './settings.ts';
import type { Work } from './work.ts';

/** What a sidecar needs of a container for what it is to do. */
export interface Needs {
  /** Another image than that of its name. */
  readonly image?: string;
  readonly network: boolean;
  readonly processes: boolean;
  readonly volumes: 'none' | 'read' | 'write';
  /** Whether it goes on where it was, or looks at that. */
  readonly state: boolean;
  /** Folders of its own that backups are kept in. */
  readonly stores: readonly string[];
  readonly user?: string;
  readonly capabilities: readonly string[];
}

const nothing: Needs = { network: false, processes: false, volumes: 'none', state: false, stores: [], capabilities: [] };

/** What a sidecar needs for a piece of work. */
export function needsOf(sidecar: SidecarName, work: Work, beside: Pick<GivenBeside, 'known' | 'unknown'>): Needs {
  switch (sidecar) {
    case 'ambassador':
      return { ...nothing, network: true };
    case 'netprobe':
      return { ...nothing, network: true, ...(looksIntoProcesses(work) ? foreignProcesses : {}) };
    case 'logs':
      return {
        ...nothing,
        network: hasNeighbours(sidecar, work, beside),
        volumes: 'read',
        state: work.verb === undefined || work.verb === 'verify',
      };
    case 'backup': {
      const texts = textsOf(work, beside);
      return {
        ...nothing,
        ...(texts.some((text) => /\b(mysql|mariadb):\/\//.test(text)) ? { image: 'backup-mariadb' } : {}),
        ...rightsOfBackup(work, beside),
        network: hasNeighbours(sidecar, work, beside),
        state: work.verb === undefined || work.verb === 'now',
        stores: texts.some((text) => /\bfile:\/\/\/backups\b/.test(text)) ? ['/backups'] : [],
      };
    }
  }
}

const foreignProcesses = { processes: true, user: '0', capabilities: ['SYS_PTRACE'] } as const;

function looksIntoProcesses({ verb, ofVerb }: Work): boolean {
  return verb === 'ps' || verb === 'files' || (verb === 'ss' && ofVerb.has('processes'));
}

/** Those that look at the sources; the others ask the store alone. */
const readers = [undefined, 'now', 'diff'];

/** To read files of all users, or to bring them back as they were. */
function rightsOfBackup({ verb, ofVerb, texts }: Work, { known }: Pick<GivenBeside, 'known'>): Partial<Needs> {
  if (verb === 'restore' && !isDatabase(ofVerb.get('to')?.at(-1) ?? ''))
    return { volumes: 'write', user: '0', capabilities: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID'] };
  const sources = (texts.get('sources')?.join('\n') ?? known.BACKUP_SOURCES ?? '').split(/[,\n]/).filter(Boolean);
  const areDatabases = sources.length > 0 && sources.every(isDatabase);
  return !readers.includes(verb) || areDatabases ? {} : { volumes: 'read', user: '0', capabilities: ['DAC_READ_SEARCH'] };
}

function isDatabase(text: string): boolean {
  return /^(postgres|postgresql|mysql|mariadb):/.test(text);
}

function textsOf({ texts, ofVerb }: Work, { known }: Pick<GivenBeside, 'known'>): string[] {
  return [...[...texts.values(), ...ofVerb.values()].flat(), ...Object.values(known)];
}

/** Whether it may have to find others by names that only containers of the same network know, or the container itself. */
function hasNeighbours(sidecar: SidecarName, work: Work, beside: Pick<GivenBeside, 'known' | 'unknown'>): boolean {
  const { outline } = sidecars[sidecar];
  const options = Object.entries<Option<unknown>>(outline.options);
  const isUnclear = options.some(([key, { kind }]) => !kind.secret && beside.unknown.includes(variableName(outline, key)));
  const hosts = [beside.known.PGHOST, ...(work.texts.get('pgHost') ?? [])].map((host) => `pg://${host ?? ''}`);
  return isUnclear || [...hosts, ...textsOf(work, beside)].some(namesNeighbour);
}

/** Whether a text names a host without a dot, `http://loki:3100`. In s3://bucket that is none. */
function namesNeighbour(text: string): boolean {
  const hosts = [...text.matchAll(/\b([a-z][a-z0-9+]*):\/\/(?:[^@/\s,]*@)?([^/:?#,\s]+)/gi)];
  return hosts.some(([, scheme = '', host = '']) => !/^(s3|file|unix)$/.test(scheme) && /^[\w-]+$/.test(host));
}
