// Mines: gets random bytes from rng, has them hashed by hasher, and counts in redis. A hash that begins with 0 is a coin.
// It knows three names, and neither how many servers there are behind them nor where.
import { setTimeout as pause } from 'node:timers/promises';
import { ask } from './ask.ts';
import { Redis } from './redis.ts';

/** How many hashes are on their way at a time. */
const hands = 4;

const redis = new Redis('redis');

async function mine(): Promise<void> {
  const bytes = await ask('http://rng/32');
  const hash = await ask('http://hasher/', bytes.body);
  const counts = [
    redis.ask('INCR', 'hashes'),
    redis.ask('HINCRBY', 'rng', bytes.host, '1'),
    redis.ask('HINCRBY', 'hasher', hash.host, '1'),
  ];
  if (hash.body.toString().startsWith('0')) counts.push(redis.ask('INCR', 'coins'));
  await Promise.all(counts);
}

async function work(): Promise<never> {
  for (;;) {
    try {
      await mine();
    } catch (error) {
      console.error(`error: ${error}`);
      await pause(1000);
    }
  }
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0));
console.log('mining');
await Promise.all(Array.from({ length: hands }, work));
