// sidekick/netprobe: measures the network of a neighbour, from within its namespace and without a privilege.
//
//   read → decode → sample → metrics                beside it: closings, checks
//
// sockets/     what the kernel tells of sockets: asked by netlink, or read in /proc/self/net
// closings/    the thread that hears of every connection that ends
// route/       interfaces, addresses, routes, neighbours, and how they change
// proc/        the counters of the namespace
// sample/      readings and closings become peers, listeners and ports; no counter ever falls
// metrics/     what Prometheus gets
// checks/      what is asked of others from within the namespace
// processes/   the neighbour's processes and open files
// verbs/       questions that people ask a shell: ss, top, netstat, ip, dns, check, ps, files
// capture/     packets, shown, written, or kept until something happens
// page/        the live page of the admin server
import { run } from '#shared/run.ts';
import { program } from './config.ts';
import { probe } from './netprobe.ts';

void run({ program, work: probe, check: async (life) => (await import('./check.ts')).check(life) });
