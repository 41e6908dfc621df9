import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { codeOf } from '#shared/exit.ts';

/** What came, and how long it took from the question to the last byte, in milliseconds. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly milliseconds: number;
}

/**
 * Asks a server of 127.0.0.1 as Prometheus does, over a connection that it keeps where the server does: node_exporter does, the sidecar does not. Unlike
 * Prometheus it takes no gzip, which node_exporter alone has and would pay for.
 */
export class Asker {
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(port: number) {
    this.#port = port;
  }

  /** @throws Error where nothing answers */
  ask(path: string): Promise<Answer> {
    const begun = performance.now();
    return new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port: this.#port, path, agent: this.#agent }, (answer) => {
        text(answer).then(
          (body) => resolve({ status: answer.statusCode ?? 0, body, milliseconds: performance.now() - begun }),
          reject,
        );
      });
      asked.on('error', reject).end();
    });
  }

  /** What it exposes. @throws Error where it does not answer with 200 */
  async metrics(): Promise<Answer> {
    const answer = await this.ask('/metrics');
    if (answer.status !== 200) throw new Error(`/metrics of port ${this.#port} answered ${answer.status}`);
    return answer;
  }

  /** The status of an answer; undefined where nobody listens yet. @throws Error where asking fails in another way */
  async statusOf(path: string): Promise<number | undefined> {
    try {
      return (await this.ask(path)).status;
    } catch (error) {
      if (codeOf(error) === 'ECONNREFUSED' || codeOf(error) === 'ECONNRESET') return undefined;
      throw error;
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}
