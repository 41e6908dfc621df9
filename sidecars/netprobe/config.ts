import { list } from '#shared/config/collections.ts';
import { boolean, choice, duration, integer } from '#shared/config/kinds.ts';
import { defineProgram, option, optional, type Settings } from '#shared/config/table.ts';
import { reachOptions } from '#shared/s3/settings.ts';
import { checkTarget } from './checks/target.ts';
import { peerGroups } from './sample/peer-groups.ts';
import { verbs } from './verb-table.ts';

const options = {
  interval: option(
    duration({ min: 100, max: 3_600_000 }),
    // the kernel walks through the sockets of the whole host for it: some 2 ms of a processor, for each container that has a probe
    15_000,
    'How often all sockets are read. Listeners and the counters of the namespace are read at every scrape, and a connection that ends counts at once.',
  ),
  peers: optional(
    peerGroups,
    'Peers that are counted together under a name: NAME=WHAT[+WHAT…][,…], where WHAT is an address, a network such as 10.0.0.0/8, or a host name, which is resolved again and again. The first that fits counts; all others are counted by their address.',
  ),
  maxPeers: option(
    integer({ min: 1, max: 10_000 }),
    100,
    'How many peers have metrics of their own; those with the least traffic are counted together as other.',
  ),
  maxSeries: option(
    integer({ min: 100, max: 1_000_000 }),
    10_000,
    'How many series /metrics may have; what would be more is left out, and counted in sidekick_netprobe_series_dropped.',
  ),
  portsWarn: option(
    integer({ min: 1, max: 100 }),
    80,
    'At how many percent of the ephemeral ports in use towards one destination the part ports is degraded.',
  ),
  checks: optional(
    list(checkTarget),
    'What is asked again and again from within the namespace: tcp://HOST:PORT, tls://HOST:PORT, http://HOST/PATH, https://…, dns://NAME[@SERVER], icmp://HOST; gateway is the host of the default route.',
  ),
  checkInterval: option(duration({ min: 100, max: 3_600_000 }), 15_000, 'How often each check is made.'),
  checkTimeout: option(duration({ min: 10, max: 60_000 }), 3000, 'How long a check may take before it counts as failed.'),
  nodePrefix: option(
    choice('node', 'sidekick_netprobe', 'off'),
    'node',
    'What goes before the names of metrics that node_exporter has too, so that its dashboards fit; off leaves them out.',
  ),
  source: option(
    choice('auto', 'netlink', 'proc'),
    'auto',
    'Where sockets are read: netlink tells all; /proc/self/net tells less and is taken by auto where the kernel or a seccomp filter refuses netlink.',
  ),
  events: option(
    boolean,
    true,
    'Hear of every TCP connection that ends, so that short ones are counted too, to the byte. Costs a thread.',
  ),
  ownSockets: option(boolean, false, 'Also count the sockets of the probe itself.'),
  exitOnOrphan: optional(
    duration({ min: 0, max: 3_600_000 }),
    'How long after the owner of the namespace is gone the probe ends, with 1, so that a supervisor starts it anew. Docker does not start it again while the owner is away.',
    'it stays, and is not ready',
  ),
  // for what capture uploads
  ...reachOptions,
};

/** The network probe as a person sees it: its options, their defaults and their words. */
export const program = defineProgram({
  name: 'netprobe',
  summary: 'Measures the network of a neighbour, from within its network namespace and without a privilege.',
  adminPort: 9804,
  options,
  verbs,
  examples: [
    {
      command: 'docker run -d --net container:web1 sidekick/netprobe',
      meaning: 'Serve metrics of the network of web1 on its port 9804.',
    },
    {
      command: 'docker run --rm --net container:web1 sidekick/netprobe ss -tln',
      meaning: 'Print what it listens on, with queues and drops.',
    },
    {
      command: 'docker run --rm -it --net container:web1 sidekick/netprobe top',
      meaning: 'Watch its connections by peer.',
    },
    {
      command: 'docker run --rm -it --net container:web1 --pid container:web1 --user 0 --cap-add SYS_PTRACE sidekick/netprobe ps',
      meaning: 'Print its processes, with their sockets and open files.',
    },
    {
      command:
        'docker run -d --net container:web1 -e NETPROBE_CHECKS=tcp://redis:6379,dns://redis,icmp://gateway sidekick/netprobe',
      meaning: 'Also ask its neighbours how they are, every 15 s.',
    },
  ],
});

/** The typed settings of the network probe. */
export type NetprobeSettings = Settings<typeof options>;
