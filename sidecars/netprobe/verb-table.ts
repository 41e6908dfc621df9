import { boolean, duration, integer } from '#shared/config/kinds.ts';
import { option, optional } from '#shared/config/table.ts';
import { verb } from '#shared/config/verb.ts';
import { verbatim } from '#shared/config/verbatim.ts';
import { captureVerb } from './capture/verb.ts';

const words = (help: string) => option(verbatim, [] as readonly string[], help);
const json = option(boolean, false, 'As JSON.');
const on = (help: string) => option(boolean, false, help);

/** What can be asked of the network probe beside its steady work: questions that people ask a shell. */
export const verbs = {
  ss: verb({
    usage: '[-tuxlanispemo46HO] [FILTER…]',
    summary:
      'Lists the sockets of the namespace as ss(8) does, with queues and drops of listeners, RTT and retransmits. FILTER is in its words: state established, dst 10.0.0.0/8, sport = :80, not, and, or, parentheses.',
    options: {
      words: words('The filter.'),
      tcp: on('TCP sockets.'),
      udp: on('UDP sockets.'),
      unix: on('Unix sockets.'),
      listening: on('Only sockets that listen.'),
      all: on('Sockets that listen, and all others.'),
      numeric: on('Numbers instead of names; they are always numbers, the flag is taken for the habit.'),
      info: on('What TCP knows of each connection.'),
      summary: on('How many sockets of each kind there are, and no list.'),
      processes: on('Whose each socket is; needs --pid container:NAME, and the same user or SYS_PTRACE.'),
      extended: on('Also user, inode, cookie and cgroup.'),
      memory: on('Also the memory of each socket.'),
      timers: on('Also the timer that runs.'),
      ipv4: on('Only IPv4.'),
      ipv6: on('Only IPv6.'),
      noHeader: on('Without the line of titles.'),
      oneline: on('One line for each socket.'),
      rates: optional(
        duration({ min: 100, max: 60_000 }),
        'Look twice, so long apart, and tell bytes a second of each connection.',
        'once',
      ),
      json,
    },
    operands: 'words',
    letters: {
      t: 'tcp',
      u: 'udp',
      x: 'unix',
      l: 'listening',
      a: 'all',
      n: 'numeric',
      i: 'info',
      s: 'summary',
      p: 'processes',
      e: 'extended',
      m: 'memory',
      o: 'timers',
      4: 'ipv4',
      6: 'ipv6',
      H: 'noHeader',
      O: 'oneline',
    },
  }),
  top: verb({
    usage: '[--every=1s] [--count=N]',
    summary:
      'Shows what goes on, by peer and by listener, busiest first, until q or Ctrl-C: drawn anew in a terminal, a table each time elsewhere.',
    options: {
      every: option(duration({ min: 100, max: 60_000 }), 1000, 'How often.'),
      count: optional(integer({ min: 1, max: 1_000_000 }), 'How many times, and then it ends.', 'until it is told to'),
      lines: optional(integer({ min: 1, max: 10_000 }), 'How many peers at most.', 'as many as fit'),
      json,
    },
  }),
  netstat: verb({
    usage: '[NAME…]',
    summary:
      'Prints the counters of the namespace as nstat(8) does: since it was made, and those of NAMEs alone where some are given, such as TcpRetransSegs or Tcp*.',
    options: { words: words('Names, where * stands for anything.'), zeros: on('Also those that are 0.'), json },
    operands: 'words',
    letters: { z: 'zeros', s: 'zeros' },
  }),
  ip: verb({
    usage: '[addr|link|route|neigh]',
    summary: 'Prints interfaces, addresses, routes and neighbours; all of them where none is named.',
    options: { words: words('What.'), ipv4: on('Only IPv4.'), ipv6: on('Only IPv6.'), json },
    operands: 'words',
    letters: { 4: 'ipv4', 6: 'ipv6' },
  }),
  dns: verb({
    usage: 'NAME [TYPE…]',
    summary:
      'Asks each name server of the container for NAME, tells what each answered and how fast, and what the application would get: its hosts file and search list included.',
    options: { words: words('The name, and types such as A, AAAA, SRV.'), json },
    operands: 'words',
    conflicts: ({ words: [name] }) => (name === undefined ? ['a NAME is needed: dns redis'] : []),
  }),
  check: verb({
    usage: 'URL…',
    summary:
      'Makes checks once and exits 0 where all are well, 1 where not: tcp://HOST:PORT, tls://HOST:PORT, http://HOST/PATH, https://…, dns://NAME, icmp://HOST.',
    options: { words: words('What is asked.'), json },
    operands: 'words',
    conflicts: ({ words: [first] }) => (first === undefined ? ['a URL is needed: check tcp://redis:6379'] : []),
  }),
  ps: verb({
    usage: '[PID…]',
    summary:
      'Lists the processes of a container whose pid namespace is shared (--pid container:NAME): memory, threads, open files against their limit, sockets, command.',
    options: { words: words('Processes.'), json },
    operands: 'words',
  }),
  files: verb({
    usage: 'PID',
    summary:
      'Lists the open files of a process whose pid namespace is shared (--pid container:NAME), sockets with both their addresses.',
    options: { words: words('The process.'), json },
    operands: 'words',
    conflicts: ({ words: [pid, ...more] }) =>
      pid !== undefined && /^[1-9]\d*$/.test(pid) && more.length === 0 ? [] : ['one PID is needed, a number: see ps'],
  }),
  capture: captureVerb,
};
