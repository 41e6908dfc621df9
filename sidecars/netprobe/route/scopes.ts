/** RT_SCOPE_*, linux/rtnetlink.h: how far an address or the hosts behind a route are. */
const names: Readonly<Record<number, string>> = { 0: 'global', 200: 'site', 253: 'link', 254: 'host', 255: 'nowhere' };

/** The name of a scope in the words of ip(8); a number where it has none. */
export function scopeName(scope: number): string {
  return names[scope] ?? String(scope);
}
