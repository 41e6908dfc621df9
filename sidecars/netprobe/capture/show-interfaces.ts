import { print } from '#shared/print.ts';
import { captureLibc } from './capture-libc.ts';
import { listInterfaces } from './ring/interfaces.ts';
import type { CaptureOptions } from './verb.ts';

/** `capture -D`: the interfaces that can be named by -i. @throws Exit */
export async function showInterfaces({ json }: Pick<CaptureOptions, 'json'>): Promise<void> {
  const interfaces = listInterfaces(captureLibc());
  if (json) return print(`${JSON.stringify(interfaces)}\n`);
  const lines = interfaces.map(({ index, name, isUp, isLoopback, addresses }) => {
    const words = [isUp ? 'up' : 'down', ...(isLoopback ? ['loopback'] : []), ...addresses];
    return `${index}. ${name}  ${words.join(' ')}\n`;
  });
  await print(lines.join(''));
}
