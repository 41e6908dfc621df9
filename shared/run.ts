import { type Admin, type AdminHandler, Handlers, serveAdmin } from './admin.ts';
import { askLive } from './ask-live.ts';
import { formatAddress } from './config/address.ts';
import { describeProblems, help, printSettings } from './config/describe.ts';
import { longestTimer } from './config/kinds.ts';
import { load } from './config/load.ts';
import type { Origin } from './config/read.ts';
import { type Options, type Program, type Settings, variableName } from './config/table.ts';
import type { Call, Verbs } from './config/verb.ts';
import { codeOf, Exit, exitCode, messageOf } from './exit.ts';
import { Health } from './health.ts';
import { createLog, type Log } from './log.ts';
import { Metrics } from './metrics.ts';
import { addProcessMetrics } from './process-metrics.ts';
import { codeOfSocket } from './stale-socket.ts';
import { Stop } from './stop.ts';
import { version } from './version.ts';

/** What a sidecar's work is given: its settings, and the parts that every sidecar has. */
export interface Life<O extends Options, V extends Verbs = Record<never, never>> {
  readonly settings: Settings<O>;
  /** Where each setting came from, by the key of its option. */
  readonly origins: Readonly<Record<string, Origin>>;
  /** The environment as it was at the start, for what others than our own options tell in it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The words that it was started with. */
  readonly argv: readonly string[];
  /** The verb that was asked for, with its flags; undefined where the steady work was. */
  readonly call: Call<V> | undefined;
  readonly log: Log;
  readonly health: Health;
  readonly metrics: Metrics;
  /** Aborted by the first SIGTERM or SIGINT: take nothing new, and finish what was begun. */
  readonly stopping: AbortSignal;
  /** Adds what `fill` returns to `/status`. */
  readonly onStatus: (fill: () => Record<string, unknown>) => void;
  /**
   * Adds a page to the admin server: `/proxies` and all below it, or `/` alone. Before and while it runs; with `off` it is never asked.
   * @throws Error where the path is taken, see {@link Handlers.add}.
   */
  readonly serve: (path: string, handler: AdminHandler) => void;
}

/** One line of `--check`. */
export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  /** What was found, and where it is not well, what to do next. */
  readonly detail: string;
}

/** A program and what it does. */
export interface Sidecar<O extends Options, V extends Verbs = Record<never, never>> {
  readonly program: Program<O, V>;
  /** Does the work until it is done or `life.stopping` is aborted. @throws Exit to end with a code of its own. */
  readonly work: (life: Life<O, V>) => Promise<void>;
  /** What `--check` looks at; it changes nothing that matters. */
  readonly check: (life: Life<O, V>) => Promise<readonly Finding[]>;
}

/**
 * The life of a sidecar: settings → parts → admin server → work → signal → drain → exit code.
 * It ends the process, so it is the last thing that a `main.ts` calls.
 */
export async function run<O extends Options, V extends Verbs>(sidecar: Sidecar<O, V>): Promise<void> {
  const stop = new Stop();
  const { program } = sidecar;
  const reading = load(program);
  if (reading.mode === 'help') return end(exitCode.endedWell, help(program, process.stdout.columns, reading.verb));
  if (reading.mode === 'version')
    return end(exitCode.endedWell, `sidekick/${program.name} ${version} (Node ${process.versions.node})\n`);
  if ('lacksPermission' in reading) {
    const code = reading.lacksPermission ? exitCode.permission : exitCode.settings;
    return end(code, '', describeProblems(program, reading.problems));
  }
  const { mode, settings, origins, env, argv, call } = reading;
  if (mode === 'print-settings') return end(exitCode.endedWell, printSettings(program, settings, origins));
  if (mode === 'healthy') return healthy(settings);

  const oneShot = call !== undefined || program.oneShot(settings);
  const quiet = mode === 'check' || oneShot || program.stdoutIsResult(settings);
  const log = createLog({ name: program.name, level: settings.logLevel, fd: quiet ? 2 : 1 });
  const { life, status, handlers } = begin(program, { settings, origins, env, argv, call }, log, stop);
  try {
    if (mode === 'check') return report(await sidecar.check(life));
    const serves = isServed(origins.admin?.from, oneShot, call !== undefined);
    const admin = serves ? await openAdmin(program, life, { status, handlers }) : undefined;
    const begin = (signal: string) => {
      log.info({ signal }, 'stopping: taking nothing new, finishing what was begun');
      life.health.stop();
    };
    stop.onSignal(settings.grace, begin, (message) => log.error(message));
    // who asked for a verb wants its result
    const level = call === undefined ? 'info' : 'debug';
    log[level]({ version, admin: admin?.address ?? 'off' }, 'started');
    await untilDone(sidecar.work(life));
    await admin?.close();
    log[level]('ended');
    end(exitCode.endedWell);
  } catch (error) {
    end(fail(log, error));
  }
}

function begin<O extends Options, V extends Verbs>(
  program: Program<O, V>,
  given: Pick<Life<O, V>, 'settings' | 'origins' | 'env' | 'argv' | 'call'>,
  log: Log,
  stop: Stop,
) {
  const health = new Health();
  const metrics = new Metrics(`sidekick_${program.name}`);
  addProcessMetrics(metrics, { version });
  const states = metrics.gauge('health', 'State of each part of the sidecar: 1 for the state it is in.', ['part', 'state']);
  health.onChange((part) => {
    if (part.state === 'ok') log.info({ part: part.name }, 'ok');
    else if (part.state === 'starting') log.info({ part: part.name, state: part.state }, part.reason);
    else log.warn({ part: part.name, state: part.state }, part.reason);
  });
  metrics.onCollect(() => {
    states.clear();
    for (const part of health.parts)
      for (const state of ['ok', 'degraded', 'down']) states.set(Number(part.state === state), { part: part.name, state });
  });
  const fills: (() => Record<string, unknown>)[] = [];
  const handlers = new Handlers();
  const life: Life<O, V> = {
    ...given,
    log,
    health,
    metrics,
    stopping: stop.signal,
    onStatus: (fill) => void fills.push(fill),
    serve: (path, handler) => handlers.add(path, handler),
  };
  const status = () => Object.assign({ name: program.name, version }, ...fills.map((fill) => fill()));
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error) => end(fail(log, error)));
  }
  return { life, status, handlers };
}

/** Waits for the work, also while nothing of it keeps the event loop busy: the admin server alone would not keep the process. */
async function untilDone(work: Promise<void>): Promise<void> {
  const hold = setInterval(() => {}, longestTimer);
  try {
    await work;
  } finally {
    clearInterval(hold);
  }
}

/**
 * Whether there is an admin server. A job beside a running sidecar must not fight it for the port: it has one where it was asked for one. What the environment of the
 * sidecar's own container says is no such wish of a verb that somebody runs in there.
 */
function isServed(from: Origin['from'] | undefined, oneShot: boolean, isVerb: boolean): boolean {
  if (isVerb) return from === 'flag';
  return !oneShot || from !== 'default';
}

async function openAdmin<O extends Options, V extends Verbs>(
  program: Program<O, V>,
  life: Life<O, V>,
  shown: { readonly status: () => Record<string, unknown>; readonly handlers: Handlers },
): Promise<Admin> {
  const { admin: listen } = life.settings;
  try {
    return await serveAdmin({ listen, health: life.health, metrics: life.metrics, ...shown });
  } catch (error) {
    const name = variableName(program, 'admin');
    const place = `${name}=${formatAddress(listen)}`;
    const isUnix = listen.type === 'unix';
    const reason = (isUnix ? codeOfSocket(listen.path, error) : codeOf(error)) ?? '';
    const what = (isUnix ? ofSockets : ofPorts)[reason] ?? `cannot be listened on: ${messageOf(error)}`;
    throw new Exit(
      reason === 'EACCES' || reason === 'EPERM' ? exitCode.permission : exitCode.settings,
      `${place} ${what}; give another address by ${name} or --admin, or turn the admin server off with ${name}=off`,
      { cause: error },
    );
  }
}

const ofPorts: Readonly<Record<string, string>> = { EADDRINUSE: 'is taken by another program' };

const ofSockets: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is listened on by another program, or is no socket',
  EACCES: 'is in a folder that this user may not write to',
  ENOENT: 'is in a folder that does not exist',
};

async function healthy(settings: Settings<Options>): Promise<void> {
  if (settings.admin.type === 'off') return end(exitCode.endedWell, 'the admin server is off: nothing to ask\n');
  const { live, text } = await askLive(settings.admin);
  end(live ? exitCode.endedWell : exitCode.failed, `${text.trimEnd()}\n`);
}

function report(findings: readonly Finding[]): void {
  const text = findings.map(({ what, ok, detail }) => `${ok ? 'ok  ' : 'FAIL'}  ${what}: ${detail}\n`).join('');
  end(findings.every(({ ok }) => ok) ? exitCode.endedWell : exitCode.failed, text);
}

/** Logs an error once, at the top, and tells the exit code. */
function fail(log: Log, error: unknown): number {
  if (error instanceof Exit) log.fatal(error.message);
  else log.fatal({ err: error }, `failed: ${messageOf(error)}`);
  return error instanceof Exit ? error.code : exitCode.failed;
}

function end(code: number, out = '', err = ''): void {
  if (err) process.stderr.write(err);
  // a pipe may take the text only later: exit when it has
  if (out) process.stdout.write(out, () => process.exit(code));
  else process.exit(code);
}
