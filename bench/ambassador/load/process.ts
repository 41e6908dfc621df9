// node process.ts PORT FILE: clients and their backend on PORT of 127.0.0.1, on one thread. It is asked over the channel of
// child_process for one task after the other. FILE is made, and is what `sendfile` sends.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { answer } from './answer.ts';
import { Backend } from './backend.ts';
import { bulk } from './bulk.ts';
import { connects } from './connects.ts';
import { openCopyless } from './copyless.ts';
import { idle } from './idle.ts';
import { Loop } from './loop.ts';
import { ping } from './ping.ts';
import type { Asked, Outcome, Tasks } from './task.ts';

/** For how many milliseconds its backend works before it is looked whether there is a task. */
const slice = 20;

const [port = '', file = ''] = process.argv.slice(2);
const loop = new Loop();
const copyless = openCopyless(loop, file);
const backend = new Backend(loop, copyless, Number(port));
let serving = false;

process.on('message', (task: Asked<Tasks>) => {
  process.send?.(outcomeOf(task));
  if (serving) void serve();
});
process.on('disconnect', () => process.exit());
process.send?.({ value: null } satisfies Outcome);

function outcomeOf(task: Asked<Tasks>): Outcome {
  try {
    serving = task.name === 'serve';
    return { value: work(task) };
  } catch (error) {
    return { error: String(error) };
  } finally {
    // what is left of one task is not there in the next, but for those that last
    if (!serving && task.name !== 'open') loop.resetAllBut(backend.listener);
  }
}

function work({ name, told }: Asked<Tasks>): unknown {
  backend.serve('echo');
  switch (name) {
    case 'bulk':
      backend.serve(told.source);
      return bulk(loop, copyless, told);
    case 'ping':
      return ping(loop, told);
    case 'connects':
      return connects(loop, told);
    case 'answer':
      return answer(loop, told);
    case 'open':
      idle(loop, told.port, told.count);
      return null;
    case 'close':
      return null;
    case 'serve':
      backend.serve(told);
      return null;
  }
}

async function serve(): Promise<void> {
  while (serving) {
    loop.run(slice);
    await nextTurn();
  }
}
