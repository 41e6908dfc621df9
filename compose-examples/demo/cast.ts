import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Encore } from './encore.ts';
import { freeAddress } from './free-address.ts';
import type { Scene, SidecarName } from './scene.ts';
import type { Actor, Stage } from './stage.ts';

/** Who plays in the demo, and where to find what they show. */
export interface Cast {
  readonly app: Actor;
  readonly viewer: Actor;
  readonly traffic: Actor;
  /** The two instances of the service that the shop needs. */
  readonly stocks: readonly [Encore, Encore];
  /** The network probe is not among them where the system has nothing that it could read. */
  readonly sidecars: Readonly<Record<Exclude<SidecarName, 'netprobe'>, Encore>> & { readonly netprobe: Encore | undefined };
  /** The settings of the backup sidecar, for what else is asked of it. */
  readonly backup: Readonly<Record<string, string>>;
  /** The address of the page. */
  readonly page: string;
  /** The addresses of the stock's instances, in their order. */
  readonly stockAddresses: readonly [string, string];
  /** The folder that the shop keeps its orders in. */
  readonly data: string;
}

/** How much traffic there is to be, and how often the shop's data is saved. */
export interface Plot {
  /** Requests a second, on average. */
  readonly rate: number;
  /** Requests in all. */
  readonly count: number;
  /** When backups are made, as BACKUP_SCHEDULE takes it. */
  readonly schedule: string;
}

/** Milliseconds until one that was killed is started again: for the logs sidecar long enough for a rotation to happen in between. */
const pauses = { stock: 1000, sidecar: 2000 };

/** Every process that has to stay, without what the sidecars and the shop do. */
export function encores({ stocks, sidecars }: Pick<Cast, 'stocks' | 'sidecars'>): Encore[] {
  return [...stocks, ...Object.values(sidecars).filter((sidecar) => sidecar !== undefined)];
}

/**
 * Starts all of them, and the visitors last. @throws Error with the last words of one that ends at once.
 * @param platform of this machine: the network probe reads what Linux alone has.
 */
export async function enter(
  stage: Stage,
  { rate, count, schedule }: Plot,
  platform: NodeJS.Platform = process.platform,
): Promise<Cast> {
  const folder = (name: string) => {
    const path = join(stage.folder, name);
    mkdirSync(path);
    return path;
  };
  const addresses = await Promise.all(Array.from({ length: 9 }, freeAddress));
  const [shop = '', page = '', stock = '', first = '', second = '', logs = '', ambassador = '', backup = '', probe = ''] =
    addresses;
  const netprobe = platform === 'linux' ? probe : '';
  const [log, data] = [folder('log'), folder('data')];

  const settings = {
    logs: { LOGS_PATHS: join(log, '*.log'), LOGS_TO: `http://${page}/logs`, LOGS_STATE: folder('logs-state'), LOGS_ADMIN: logs },
    ambassador: {
      AMBASSADOR_ROUTES: `${stock}=${first},${second}?name=stock&check=tcp&check-interval=500ms&fall=1&eject=off&connect-timeout=500ms&hold=4s`,
      AMBASSADOR_ADMIN: ambassador,
    },
    backup: {
      BACKUP_SOURCES: data,
      BACKUP_TO: pathToFileURL(folder('backups')).href,
      BACKUP_SCHEDULE: schedule,
      BACKUP_KEEP: 'last=5',
      BACKUP_STATE: folder('backup-state'),
      BACKUP_TMP: folder('tmp'),
      BACKUP_ADMIN: backup,
    },
    netprobe: {
      NETPROBE_INTERVAL: '500ms',
      NETPROBE_MAX_PEERS: '200',
      NETPROBE_CHECKS: `http://${shop}/server-status,tcp://${stock}`,
      NETPROBE_CHECK_INTERVAL: '2s',
      NETPROBE_ADMIN: netprobe,
    },
  };
  const sidecar = (name: SidecarName, ready = /"msg":"(started)"/) =>
    new Encore(stage, {
      ...{
        name: `the ${name} sidecar`,
        file: `../../sidecars/${name}/main.ts`,
        env: settings[name],
        ready,
        pause: pauses.sidecar,
      },
    });
  const listening = /listening on (\S+)/;
  const instance = (name: string, address: string) =>
    new Encore(stage, { name, file: 'stock.ts', args: ['--listen', address], ready: listening, pause: pauses.stock });
  const program = (name: string, file: string, args: readonly string[]) => stage.start(name, file, { args });

  const stocks = [instance('stock-1', first), instance('stock-2', second)] as const;
  const app = program('the application', 'app.ts', [
    ...['--listen', shop, '--log', join(log, 'access.log'), '--data', data, '--stock', `http://${stock}`],
  ]);
  const admins = Object.entries({ logs, ambassador, backup, netprobe }).filter(([, address]) => address !== '');
  const viewer = program('the viewer', 'viewer.ts', [
    ...['--listen', page, '--app', `http://${shop}`],
    ...admins.flatMap(([name, address]) => [`--${name}`, `http://${address}`]),
  ]);
  const sidecars = {
    ambassador: sidecar('ambassador', /"msg":"(listening)"/),
    backup: sidecar('backup'),
    netprobe: netprobe === '' ? undefined : sidecar('netprobe', /"part":"(sockets)","msg":"ok"/),
    logs: sidecar('logs'),
  };
  await Promise.all([app.says(listening), viewer.says(listening), ...encores({ stocks, sidecars }).map((one) => one.ready())]);
  const traffic = program('the traffic', 'traffic.ts', [
    ...['--to', `http://${shop}`, '--rate', String(rate), '--count', String(count)],
  ]);
  await traffic.says(/visiting (\S+)/);
  return {
    ...{ app, viewer, traffic, stocks, sidecars, backup: settings.backup, data },
    ...{ page: `http://${page}/`, stockAddresses: [first, second] },
  };
}

/** How everything stands at this moment. @throws Error where the viewer does not answer. */
export async function sceneOf({ page }: Pick<Cast, 'page'>): Promise<Scene> {
  const answer = await fetch(`${page}counts`, { signal: AbortSignal.timeout(5000) });
  return (await answer.json()) as Scene;
}
