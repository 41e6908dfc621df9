import type { Stage } from '../../stage.ts';
import { type Exporter, startReady } from '../exporters.ts';

const port = 7330;

/** How long one takes from its start until it is ready, in milliseconds. @throws Error */
export async function readyMs(stage: Stage, exporter: Exporter): Promise<number> {
  const [actor, asker, milliseconds] = await startReady(stage, exporter, { port });
  asker.close();
  await actor.stop();
  return milliseconds;
}
