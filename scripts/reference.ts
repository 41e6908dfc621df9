import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { innerReference, reference, verbReference } from '#shared/config/describe.ts';
import { program as ambassador } from '../sidecars/ambassador/config.ts';
import { tool as attach } from '../sidecars/attach/config.ts';
import { program as backup } from '../sidecars/backup/config.ts';
import { program as logs } from '../sidecars/logs/config.ts';
import { program as netprobe } from '../sidecars/netprobe/config.ts';
import { declaredMetrics } from '../sidecars/netprobe/declared.ts';
import { root } from './pinned.ts';

/** The documents that have generated parts, below the root of the repository. */
export const documents = [
  'README.md',
  'docs/reference/logs-metrics.md',
  'docs/reference/ambassador-routes.md',
  'docs/reference/ambassador-metrics.md',
  'docs/reference/backup-metrics.md',
  'docs/reference/netprobe-metrics.md',
] as const;

/** The generated parts by their markers: `<!-- NAME -->`, the part, `<!-- /NAME -->`. */
export async function parts(): Promise<Readonly<Record<string, string>>> {
  return {
    'verbs:logs': verbReference(logs),
    'reference:logs': reference(logs),
    'metrics:logs': metricsTable(await metricsOfLogs()),
    'reference:ambassador': reference(ambassador),
    'routes:ambassador': innerReference(ambassador.inner?.options ?? {}),
    'metrics:ambassador': metricsTable(await metricsOfAmbassador()),
    'verbs:backup': verbReference(backup),
    'reference:backup': reference(backup),
    'metrics:backup': metricsTable(await metricsOfBackup()),
    'verbs:netprobe': verbReference(netprobe),
    'reference:netprobe': reference(netprobe),
    'metrics:netprobe': table(declaredMetrics()),
    'verbs:attach': verbReference(attach),
    'reference:attach': reference(attach),
  };
}

/**
 * Puts the generated parts between their markers.
 * @throws Error where a marker names no part, or has no end.
 */
export function fill(document: string, generated: Readonly<Record<string, string>>): string {
  return document.replaceAll(/<!-- (\w+:\w+) -->\n(?:[\s\S]*?<!-- \/\1 -->)?/g, (whole, name: string) => {
    const part = generated[name];
    if (part === undefined)
      throw new Error(`<!-- ${name} --> names no generated part; there are ${Object.keys(generated).join(', ')}`);
    if (!whole.endsWith(`<!-- /${name} -->`)) throw new Error(`<!-- ${name} --> has no end; write <!-- /${name} --> behind it`);
    return `<!-- ${name} -->\n${part}\n<!-- /${name} -->`;
  });
}

/** The text of a document of the repository. */
export function textOf(document: string): string {
  return readFileSync(root + document, 'utf8');
}

/** What is told of a metric. */
interface Told {
  readonly name: string;
  readonly type: string;
  readonly help: string;
}

/** One row for each of our own metrics in an exposition, from its HELP and TYPE lines; those of the process differ between systems. */
export function metricsTable(exposition: string): string {
  const types = new Map([...exposition.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]));
  const helps = [...exposition.matchAll(/^# HELP (\S+) (.*)$/gm)];
  return table(helps.map(([, name = '', help = '']) => ({ name, type: types.get(name) ?? '', help })));
}

function table(metrics: readonly Told[]): string {
  const rows = metrics
    .filter(({ name }) => name.startsWith('sidekick_'))
    .map(({ name, type, help }) => `| \`${name}\` | ${type} | ${help.replaceAll('|', '\\|')} |`);
  return ['| metric | type | meaning |', '|---|---|---|', ...rows].join('\n');
}

/** What the logs sidecar says at /metrics; some metrics appear with its first file. */
function metricsOfLogs(): Promise<string> {
  // the last part that reports is there when everything else is
  return metricsOf('logs', 'watch', (folder) => {
    const file = join(folder, 'one.log');
    writeFileSync(file, 'a line\n');
    return { LOGS_PATHS: file, LOGS_STATE: join(folder, 'state') };
  });
}

/** What the ambassador says at /metrics; some metrics appear with its first route, others with its first name. */
function metricsOfAmbassador(): Promise<string> {
  const routes = (folder: string) => `unix:${folder}/in=unix:${folder}/out,localhost:1`;
  return metricsOf('ambassador', 'routes', (folder) => ({ AMBASSADOR_ROUTES: routes(folder), AMBASSADOR_ENGINE: 'net' }));
}

/** What the backup sidecar says at /metrics; most metrics appear with the first backup. */
function metricsOfBackup(): Promise<string> {
  const settings = (folder: string) => {
    writeDrilled(join(folder, 'store'));
    return {
      BACKUP_SOURCES: `${root}docs/reference`,
      BACKUP_TO: `file://${folder}/store`,
      BACKUP_SCHEDULE: '@every 2s',
      BACKUP_STATE: folder,
    };
  };
  return metricsOf('backup', 'backup', settings, ['sidekick_backup_store_up', 'sidekick_backup_next_run']);
}

/** A backup whose databases were drilled, as the sidecar tells of drills only once there was one: without its archive, which nobody reads. */
function writeDrilled(store: string): void {
  const id = '20260101T000000Z-000000';
  const at = '2026-01-01T00:00:00Z';
  const part = (file: string) => ({
    ...{ file: `${id}${file}`, plainBytes: 0, storedBytes: 0 },
    ...{ plainSha256: '0'.repeat(64), storedSha256: '0'.repeat(64) },
  });
  const none = { count: 0, paths: [] };
  const manifest = {
    ...{
      version: 1,
      id,
      name: '',
      kind: 'full',
      parent: null,
      started: at,
      finished: at,
      scheduled: null,
      host: '',
      sources: ['/'],
    },
    ...{ archive: part('-full.tar.zst'), index: part('.index.zst'), databases: [], globals: [], encryption: 'none' },
    ...{ counts: { files: 0, directories: 0, links: 0, others: 0, stored: 0, deleted: 0 }, bytes: { total: 0, stored: 0 } },
    ...{ changed: none, unreadable: none, warnings: [], suspicious: null, verified: null, damaged: null, tools: {} },
    drilled: { at, seconds: 1, outcome: 'proven', reason: null, tables: 1, rows: 1, checksums: true },
  };
  mkdirSync(store);
  writeFileSync(join(store, `${id}.json`), JSON.stringify(manifest));
}

/**
 * What a running sidecar of that name says at /metrics, once the part of its health is well.
 * @param settings gives those of its own, for a folder that goes when it ends.
 * @param late metrics that appear only after a while; they are waited for.
 */
async function metricsOf(
  name: string,
  part: string,
  settings: (folder: string) => Record<string, string>,
  late: readonly string[] = [],
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'sidekick-docs-'));
  const socketPath = join(folder, 'admin');
  const child = spawn('sh', ['-c', 'exec "$0" "$1" 2>&1', process.execPath, `${root}sidecars/${name}/main.ts`], {
    env: { [`${name.toUpperCase()}_ADMIN`]: `unix:${socketPath}`, ...settings(folder) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    for await (const line of createInterface({ input: child.stdout })) if (line.includes(`"part":"${part}"`)) break;
    for (;;) {
      const told = await new Promise<string>((resolve, reject) => {
        get({ socketPath, path: '/metrics' }, (answer) => resolve(text(answer))).on('error', reject);
      });
      if (late.every((metric) => told.includes(metric))) return told;
      await sleep(100);
    }
  } finally {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    rmSync(folder, { recursive: true });
  }
}
