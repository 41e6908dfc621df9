import { type SidecarName, settingOf, type Wish } from '../../wish/wish.ts';

/** Those that start first are told to stop last: the logs, to ship the last lines, and what carries connections, to the end of those. */
const usual: readonly SidecarName[] = ['logs', 'ambassador', 'backup', 'netprobe'];

/** The order in which sidecars start. */
export function inOrder(wishes: readonly Wish[]): Wish[] {
  const ambassador = wishes.find(({ sidecar }) => sidecar === 'ambassador');
  const logs = wishes.find(({ sidecar }) => sidecar === 'logs');
  const isCarried = ambassador !== undefined && logs !== undefined && goesThrough(logs, ambassador);
  const order: readonly SidecarName[] = isCarried ? ['ambassador', ...usual] : usual;
  return wishes.toSorted((a, b) => order.indexOf(a.sidecar) - order.indexOf(b.sidecar));
}

/** Whether logs go where an ambassador answers: at a name that it has, or in the pod itself. */
function goesThrough(logs: Wish, { hosts }: Wish): boolean {
  const to = settingOf(logs, 'to')?.given;
  if (to?.from !== 'text') return false;
  const found = [...to.text.matchAll(/:\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:,\s]*)/g)].map(([, host = '']) => host.toLowerCase());
  const own = hosts.map(({ name }) => name.toLowerCase());
  return found.some((host) => /^(localhost|127\.[\d.]+|\[::1\])$/.test(host) || own.includes(host));
}
