// node process.ts PORT: connections to PORT of the loopback, of which it has both ends. It is asked over the channel of child_process for one
// task after the other.
import { Pairs } from './pairs.ts';
import type { Asked, Churned, Outcome } from './task.ts';

/** How many are made before the clock is looked at. */
const few = 50;

const pairs = new Pairs(Number(process.argv[2]));

process.on('message', (task: Asked) => void process.send?.(outcomeOf(task)));
process.on('disconnect', () => process.exit());
process.send?.({ value: null } satisfies Outcome);

function outcomeOf(task: Asked): Outcome {
  try {
    return { value: task.name === 'open' ? open(task.told) : churn(task.told) };
  } catch (error) {
    return { error: String(error) };
  }
}

function open(count: number): null {
  for (let made = 0; made < count; made += 1) pairs.open();
  return null;
}

function churn(seconds: number): Churned {
  const begun = performance.now();
  const elapsed = () => (performance.now() - begun) / 1000;
  let connections = 0;
  while (elapsed() < seconds)
    for (let index = 0; index < few; index += 1) {
      pairs.close(pairs.open());
      connections += 1;
    }
  return { connections, seconds: elapsed() };
}
