import { isIP } from 'node:net';
import { textOf } from './resolv-conf.ts';

/** The addresses that a hosts file has for a name, in its order, each once. @see hosts(5) */
export function hostsEntries(text: string, name: string): string[] {
  const wanted = name.replace(/\.$/, '').toLowerCase();
  const found = new Set<string>();
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (isIP(address) !== 0 && names.some((one) => one.toLowerCase() === wanted)) found.add(address);
  }
  return [...found];
}

/** The addresses that /etc/hosts has for a name now. */
export async function readHostsEntries(name: string): Promise<string[]> {
  return hostsEntries(await textOf('/etc/hosts'), name);
}
