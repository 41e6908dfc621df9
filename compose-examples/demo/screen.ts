import { styleText } from 'node:util';
import { bytes, count, number } from './amounts.ts';
import type { Encore } from './encore.ts';
import type { Scene, SidecarName } from './scene.ts';

/** How a process that may be killed is doing. */
type Doing = Pick<Encore, 'pid' | 'kills' | 'standing'>;

/** What is shown while the demo runs. */
export interface View {
  readonly scene: Scene;
  readonly page: string;
  readonly sidecars: Readonly<Record<SidecarName, Doing | undefined>>;
  readonly stocks: readonly Doing[];
  /** The addresses of the stock's instances, in their order. */
  readonly stockAddresses: readonly string[];
}

/** A terminal, where the status is drawn again and again in the same place, or a pipe, which gets a line from time to time. */
export class Screen {
  readonly #out: NodeJS.WriteStream;
  /** Milliseconds between two lines in a pipe. */
  readonly #pause: number;
  #height = 0;
  #saidAt = Number.NEGATIVE_INFINITY;

  constructor(out: NodeJS.WriteStream, pause: number) {
    this.#out = out;
    this.#pause = pause;
  }

  /** Shows how things stand. */
  show(view: View): void {
    if (this.#out.isTTY) {
      const lines = statusOf(view, this.#out.columns).slice(0, this.#out.rows - 1);
      // without wrapping of long lines: each of them is one row
      this.#out.write(`\x1b[?7l${this.#home}${lines.map((line) => `\x1b[2K${line}\n`).join('')}\x1b[J\x1b[?7h`);
      this.#height = lines.length;
      return;
    }
    if (performance.now() - this.#saidAt < this.#pause) return;
    this.#saidAt = performance.now();
    this.#out.write(`${summaryOf(view)}\n`);
  }

  /** Says a sentence that stays, below the status. */
  say(text: string): void {
    this.#out.write(`${text}\n`);
    this.#height = 0;
  }

  get #home(): string {
    return this.#height > 0 ? `\x1b[${this.#height}F` : '';
  }
}

/** The status: at most 23 lines, made for `width` columns. */
export function statusOf({ scene, page, sidecars, stocks, stockAddresses }: View, width: number): string[] {
  const { shop, logs } = scene;
  const room = Math.max(10, Math.min(60, width - 46));
  return [
    `${styleText('bold', 'Sidekick: four sidecars beside a shop')}   page ${styleText('cyan', page)}`,
    '',
    field(
      'shop',
      `${count(shop?.requests ?? 0, 'request')}, ${number(shop?.failed ?? 0)} failed, ${count(shop?.orders ?? 0, 'order')}`,
    ),
    '',
    name('logs', scene, sidecars),
    field('written', `${number(logs.written).padStart(11)}  ${bars(logs.perSecond.written.slice(-room))}`),
    field('shipped', `${number(logs.shipped).padStart(11)}  ${bars(logs.perSecond.shipped.slice(-room))}`),
    field(
      '',
      `${number(logs.written - logs.shipped)} on the way, ${number(logs.duplicates)} came twice, ${count(logs.rotations, 'rotation')}`,
    ),
    name('ambassador', scene, sidecars),
    field('', carriedOf(scene)),
    ...stocks.map((stock, index) => backendOf(`stock-${index + 1}`, stock, stockAddresses[index] ?? '', scene, room)),
    name('backup', scene, sidecars),
    field('', savedOf(scene)),
    name('netprobe', scene, sidecars),
    ...probedOf(scene),
    '',
    `Try ${styleText('bold', `kill -9 ${sidecars.logs?.pid}`)} (logs) or ${styleText('bold', String(stocks[0]?.pid))} (stock-1): nothing is lost.`,
    'Ctrl-C ends the demo, with a verdict.',
  ];
}

/** The status as one line. */
export function summaryOf({ scene, sidecars, stocks }: View): string {
  const { shop, logs, backup, netprobe } = scene;
  const kills = stocks.reduce((sum, stock) => sum + stock.kills, 0);
  return [
    `written ${number(logs.written)}, shipped ${number(logs.shipped)} (${number(sidecars.logs?.kills ?? 0)} kill -9, ${count(logs.rotations, 'rotation')})`,
    `${number(shop?.failed ?? 0)} failed (${number(kills)} kill -9 of stock)`,
    `${count(shop?.orders ?? 0, 'order')} in ${count(backup?.good ?? 0, 'backup')}`,
    netprobe === undefined ? 'no probe' : `stock ${traffic(netprobe.stock)}`,
  ].join('; ');
}

const standings = { running: '', killed: 'killed, is started again', stopped: 'ended in order' };

function name(sidecar: SidecarName, { attached }: Scene, sidecars: View['sidecars']): string {
  const doing = sidecars[sidecar];
  const { admin } = attached[sidecar];
  const kills = doing !== undefined && doing.kills > 0 ? `, ${number(doing.kills)} kill -9` : '';
  const how =
    doing === undefined ? 'not attached' : doing.standing === 'running' ? `pid ${doing.pid}` : standings[doing.standing];
  return `${styleText('bold', sidecar.padEnd(13))}${styleText('cyan', admin.padEnd(24))}${styleText('dim', `${how}${kills}`)}`;
}

function backendOf(label: string, { pid, kills, standing }: Doing, address: string, { ambassador }: Scene, room: number): string {
  const backend = ambassador?.backends.find((one) => one.name === address);
  const state = standing === 'killed' ? 'killed' : (backend?.state ?? '');
  const told = bars((backend?.perSecond ?? []).slice(-room)).padEnd(room);
  const how = `${styleText(state === 'up' ? 'green' : 'red', state)} ${styleText('dim', `pid ${pid}`)}`;
  return field(label, `${count(kills, 'kill').padStart(11)}  ${told} ${how}`);
}

function carriedOf({ ambassador, shop }: Scene): string {
  if (ambassador === undefined) return 'nothing carried yet';
  const { listen, clients, accepted, retries } = ambassador;
  return `${listen}: ${number(clients)} of ${number(accepted)} open; ${number(retries)} tried, ${number(shop?.repeats ?? 0)} asked again`;
}

function savedOf({ backup }: Scene): string {
  const last = backup?.recent[0];
  if (backup === undefined || last === undefined) return 'no backup yet';
  const verified = last.verified ? 'read back' : 'not verified';
  return `${number(backup.good)} good, ${number(backup.bad)} failed; the last: ${bytes(last.bytes)} in ${bytes(last.stored)}, ${verified}`;
}

function probedOf({ netprobe, attached }: Scene): string[] {
  if (attached.netprobe.admin === '') return [field('', 'This system has nothing that it could read: it needs Linux.')];
  if (netprobe === undefined) return [field('', 'nothing read yet')];
  const { listener, visitors, stock, checks } = netprobe;
  const well = checks.filter(({ ok }) => ok === true).length;
  return [
    field(
      'shop',
      `${listener?.address ?? 'no listener'}, queue ${listener?.queue ?? 0}/${listener?.limit ?? 0}; ${well} of ${count(checks.length, 'check')} well`,
    ),
    field('visitors', traffic(visitors)),
    field('stock', traffic(stock)),
  ];
}

function traffic({
  connections,
  sent,
  received,
  retransmitted,
}: {
  connections: number;
  sent: number | null;
  received: number | null;
  retransmitted: number | null;
}): string {
  if (sent === null || received === null) return `${count(connections, 'connection')}; /proc tells no bytes`;
  return `${count(connections, 'connection')}, ${bytes(sent)} sent, ${bytes(received)} received, ${bytes(retransmitted ?? 0)} again`;
}

function field(label: string, text: string): string {
  return `  ${label.padEnd(11)}${text}`;
}

/** Numbers as blocks of different heights, the highest of them filling the line. */
function bars(counts: readonly number[]): string {
  const most = Math.max(1, ...counts);
  return counts.map((height) => (height === 0 ? ' ' : ('▁▂▃▄▅▆▇█'[Math.ceil((height / most) * 8) - 1] ?? ''))).join('');
}
