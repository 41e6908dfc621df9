import type { Link } from './links.ts';

/** What is known of who a network namespace belongs to. */
export interface Ownership {
  /** Whether it ever had an interface that leads out of it. */
  readonly connected: boolean;
  /**
   * Whether it had one and has none left. That is what happens when the container ends whose namespace it is: its veth is taken away, and
   * the namespace lives on only because we are in it. It is also so while the container is disconnected from its last network.
   */
  readonly orphaned: boolean;
}

/** Before the links were read. */
export const unknownOwner: Ownership = { connected: false, orphaned: false };

/** What is known after the links were read. A namespace that never had more than lo, as with `--network none`, is no orphan. */
export function ownership(before: Ownership, links: readonly Pick<Link, 'name' | 'type'>[]): Ownership {
  const leadsOut = links.some(({ name, type }) => type !== 'loopback' && !everywhere.has(name));
  return { connected: before.connected || leadsOut, orphaned: before.connected && !leadsOut };
}

/** Ends of tunnels that the kernel makes in every namespace when their module is loaded (net.core.fb_tunnels_only_for_init_net): they say nothing of an owner. */
const everywhere = new Set(['tunl0', 'gre0', 'gretap0', 'erspan0', 'ip_vti0', 'ip6_vti0', 'sit0', 'ip6tnl0', 'ip6gre0']);
