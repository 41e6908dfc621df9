import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { bundled } from '../bundle.ts';
import type { Finding } from '../findings.ts';
import type { Actor, Stage } from '../stage.ts';
import { digits, percentile } from '../table.ts';
import type { Corpus } from './corpora/corpus.ts';

/** How often it is asked, in milliseconds. */
const pace = 20;
/** How many answers are asked for at least, while runs go on. */
const enough = 250;
/** How long it may take until there are so many, in milliseconds. */
const patience = 120_000;
/** Nobody is to wait longer for an answer, in milliseconds. */
const bound = 50;

/**
 * How long `/livez` of the daemon takes to answer while its runs save a corpus to a folder, one run right after the other. It is asked by the
 * clock, whether the answer before has come or not, and each time over a connection of its own, as who checks health does.
 * @throws Error where the daemon does not answer, or makes no backup.
 */
export async function liveness(stage: Stage, corpus: Corpus): Promise<Finding> {
  const folder = (name: string) => stage.newFolder(join(`livez-${corpus.name}`, name));
  const socket = join(folder('admin'), 'socket');
  const env = {
    BACKUP_SOURCES: corpus.folder,
    BACKUP_TO: pathToFileURL(folder('store')).href,
    BACKUP_STATE: folder('state'),
    BACKUP_SCHEDULE: '* * * * * *',
    BACKUP_KEEP: 'last=1',
    BACKUP_ADMIN: `unix:${socket}`,
  };
  const daemon = stage.start(`livez-${corpus.name}`, process.execPath, [...bundled(stage, 'backup')], { env });
  try {
    const times = await ask(socket, daemon);
    const [half, most] = [percentile(times, 0.5), Math.max(...times)];
    return {
      title: `${corpus.name}: /livez while a run goes on`,
      asked: `< ${bound} ms`,
      found: most,
      told: `p50 ${digits(half, 1)}, p99 ${digits(percentile(times, 0.99), 1)}, max ${digits(most, 1)} ms`,
      reached: most < bound,
    };
  } finally {
    await daemon.stop();
  }
}

/** The times that answers took, in milliseconds. */
async function ask(socket: string, daemon: Actor): Promise<number[]> {
  const times: number[] = [];
  const asking = new Set<Promise<void>>();
  let failure: unknown;
  const take = (asked: Promise<number>) => {
    const taken = asked.then(
      (time) => void times.push(time),
      (error: unknown) => {
        failure = error;
      },
    );
    asking.add(taken);
    void taken.then(() => asking.delete(taken));
  };
  const end = performance.now() + patience;
  for (let saved = 0; times.length < enough || saved === 0; ) {
    if (!daemon.running) throw daemon.failure('ended');
    if (performance.now() > end) throw daemon.failure(`gave ${times.length} answers, and made ${saved} backups`);
    const { running, runs } = await status(socket);
    saved = runs.saved;
    if (runs.failed > 0) throw daemon.failure('made no backup');
    if (running === null) await sleep(pace);
    // a few, and then it is looked whether the run still goes on
    else
      for (let count = 0; count < 10; count += 1) {
        take(livez(socket));
        await sleep(pace);
      }
    if (failure !== undefined) throw failure;
  }
  await Promise.all(asking);
  return times;
}

async function livez(socket: string): Promise<number> {
  const asked = performance.now();
  await get(socket, '/livez');
  return performance.now() - asked;
}

/** The part of `/status` that is looked at; nothing runs while it does not listen yet. */
async function status(socket: string): Promise<{ running: unknown; runs: { saved: number; failed: number } }> {
  try {
    return JSON.parse(await get(socket, '/status'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ECONNREFUSED'].includes(String(error.code)))
      return { running: null, runs: { saved: 0, failed: 0 } };
    throw error;
  }
}

function get(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path, agent: false }, (answer) => {
      Array.fromAsync(answer.setEncoding('utf8')).then((texts) => resolve(texts.join('')), reject);
    })
      .on('error', reject)
      .end();
  });
}
