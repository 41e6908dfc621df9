import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Snapshot } from './arrivals.ts';
import { Sidecar } from './sidecar.ts';
import type { Actor, Stage } from './stage.ts';

/** Who plays in the demo, and where to find what they show. */
export interface Cast {
  readonly app: Actor;
  readonly viewer: Actor;
  readonly sidecar: Sidecar;
  readonly traffic: Actor;
  /** The address of the page. */
  readonly page: string;
  /** The address of the sidecar's admin server. */
  readonly admin: string;
  /** The file that the application writes. */
  readonly log: string;
}

/** How much traffic there is to be. */
export interface Traffic {
  /** Requests a second, on average. */
  readonly rate: number;
  /** Requests in all. */
  readonly count: number;
}

/** Starts all of them, each where it can reach those before it. @throws Error with the last words of one that ends at once. */
export async function enter(stage: Stage, { rate, count }: Traffic): Promise<Cast> {
  const folders = { log: join(stage.folder, 'log'), state: join(stage.folder, 'state') };
  for (const folder of Object.values(folders)) mkdirSync(folder);
  const log = join(folders.log, 'access.log');
  const listen = ['--listen', '127.0.0.1:0'];
  const address = /listening on (\S+)/;

  const app = stage.start('the application', 'app.ts', { args: [...listen, '--log', log] });
  const shop = await app.says(address);
  const viewer = stage.start('the viewer', 'viewer.ts', { args: [...listen, '--app', shop] });
  const page = await viewer.says(address);
  const sidecar = new Sidecar(stage, {
    LOGS_PATHS: join(folders.log, '*.log'),
    LOGS_TO: `${page}/logs`,
    LOGS_STATE: folders.state,
  });
  const admin = await sidecar.ready();
  const traffic = stage.start('the traffic', 'traffic.ts', {
    args: ['--to', shop, '--rate', String(rate), '--count', String(count)],
  });
  await traffic.says(/visiting (\S+)/);
  return { app, viewer, sidecar, traffic, page: `${page}/`, admin, log };
}

/** What the viewer counts at this moment. @throws Error where it does not answer. */
export async function countsOf({ page }: Cast): Promise<Snapshot> {
  const answer = await fetch(`${page}counts`, { signal: AbortSignal.timeout(5000) });
  return (await answer.json()) as Snapshot;
}
