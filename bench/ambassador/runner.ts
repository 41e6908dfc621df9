import { messageOf } from '#shared/exit.ts';
import { bundled } from '../bundle.ts';
import type { Actor, Stage } from '../stage.ts';
import { newCertificate } from './certificate.ts';
import type { Job } from './jobs/job.ts';
import { Load } from './load/load.ts';
import type { Tasks, TlsTasks } from './load/task.ts';
import type { Certificate, Peer, Route } from './peers/peer.ts';
import type { Plan } from './plan.ts';

/** Ports of 127.0.0.1: of the two backends, and of the routes to them; the third one ends TLS. */
const backends = { load: 7010, other: 7011 } as const;
const listening = { load: 7110, other: 7111, tls: 7112 } as const;
/** How long a proxy may take until it carries a byte, and for how long that is tried before it is looked whether it runs, in milliseconds. */
const patience = { all: 20_000, glance: 500 } as const;

/** Does one job after the other, each with a proxy of its own. */
export class Runner {
  readonly #stage: Stage;
  readonly #plan: Plan;
  readonly #core: number | undefined;
  readonly #load: Load<Tasks>;
  readonly #other: Load<Tasks>;
  readonly #tls: Load<TlsTasks>;
  #certificate: Certificate | undefined;

  /** @param core the one that proxies run on, where they have one. @throws Error where a load cannot be started. */
  static async open(stage: Stage, plan: Plan, core: number | undefined): Promise<Runner> {
    const loads = [Load.open(stage, backends.load), Load.open(stage, backends.other), Load.openTls(stage)] as const;
    return new Runner(stage, plan, core, await Promise.all(loads));
  }

  private constructor(
    stage: Stage,
    plan: Plan,
    core: number | undefined,
    [load, other, tls]: readonly [Load<Tasks>, Load<Tasks>, Load<TlsTasks>],
  ) {
    this.#stage = stage;
    this.#plan = plan;
    this.#core = core;
    this.#load = load;
    this.#other = other;
    this.#tls = tls;
    // its pings shall wait for the proxy, and not for the load that makes bulk data on the same core
    other.hurry();
  }

  /** Does a job with a peer, which is started and ended for it. @returns its values, and how long the start took. @throws Error */
  async run(job: Job, peer: Peer): Promise<Readonly<Record<string, number>>> {
    const { seconds, source } = this.#plan;
    const scene = { load: this.#load, other: this.#other, tls: this.#tls, seconds, source };
    const { start } = peer;
    if (start === undefined) return job.run({ ...scene, proxy: undefined, ports: { ...backends, tls: backends.load } });
    const begun = performance.timeOrigin + performance.now();
    const proxy = this.#start(peer.name, start, job);
    try {
      const answered = await this.#ready(proxy);
      const values = await job.run({ ...scene, proxy: proxy.pid, ports: listening });
      return { ...values, start: answered - begun };
    } catch (error) {
      throw new Error(`${peer.name} failed at ${job.name}: ${messageOf(error)}\n${proxy.said}`, { cause: error });
    } finally {
      await proxy.stop();
    }
  }

  /** When the first byte came through it, in milliseconds since the epoch. */
  async #ready(proxy: Actor): Promise<number> {
    for (const end = Date.now() + patience.all; Date.now() < end; ) {
      const answered = await this.#load.ask('answer', { port: listening.load, milliseconds: patience.glance });
      if (answered !== null) return answered;
      if (!proxy.running) throw new Error('it has ended');
    }
    throw new Error(`it carries nothing within ${patience.all / 1000} s`);
  }

  #start(name: string, start: NonNullable<Peer['start']>, { needs }: Job): Actor {
    const routes: Route[] = [{ listen: listening.load, backend: backends.load }];
    if (needs === 'routes') routes.push({ listen: listening.other, backend: backends.other });
    if (needs === 'tls') {
      this.#certificate ??= newCertificate(this.#stage.newFolder('certificate'));
      routes.push({ listen: listening.tls, backend: backends.load, certificate: this.#certificate });
    }
    return start({
      routes,
      folder: this.#stage.newFolder(name),
      // those of the largest job, and a few for what comes and goes
      connections: Math.max(100, ...this.#plan.idle) + 20,
      start: (command, args, env = {}) => {
        const words = this.#core === undefined ? [] : ['taskset', '-c', String(this.#core)];
        const [first = command, ...rest] = [...words, command, ...args];
        return this.#stage.start(name, first, rest, { env });
      },
      sidecar: () => bundled(this.#stage, 'ambassador'),
    });
  }
}
