import type { Call } from '#shared/config/verb.ts';
import type { NetprobeLife } from '../netprobe.ts';
import type { verbs } from '../verb-table.ts';

/** Answers a verb. What it needs is loaded only now. @throws Exit */
export async function answer(life: NetprobeLife, call: Call<typeof verbs>): Promise<void> {
  switch (call.verb) {
    case 'ss':
      return (await import('./ss.ts')).ss(life, call.given);
    case 'top':
      return (await import('./top.ts')).top(life, call.given);
    case 'netstat':
      return (await import('./netstat.ts')).netstat(life, call.given);
    case 'ip':
      return (await import('./ip.ts')).ip(life, call.given);
    case 'dns':
      return (await import('./dns.ts')).dns(life, call.given);
    case 'check':
      return (await import('./check.ts')).checkOnce(life, call.given);
    case 'ps':
      return (await import('./ps.ts')).ps(life, call.given);
    case 'files':
      return (await import('./files.ts')).files(life, call.given);
    case 'capture':
      return (await import('../capture/capture.ts')).capture(life, call.given);
  }
}
