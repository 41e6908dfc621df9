import { constants } from 'node:os';
import { list } from '#shared/config/collections.ts';
import { Invalid, type Kind, url } from '#shared/config/kinds.ts';

/** What is done before or after the sources are read, so that their application holds still or writes out what it has. */
export type Hook = HttpHook | SignalHook;

/** A POST, which has to be answered by 2xx. */
export interface HttpHook {
  readonly type: 'http';
  readonly url: URL;
}

/** A signal to a process that shares its PID namespace with us. */
export interface SignalHook {
  readonly type: 'signal';
  readonly signal: NodeJS.Signals;
  /** Its name, or its number. */
  readonly process: string | number;
}

const http = url('http', 'https');

/** `https://app/freeze`, `signal:USR1@postgres` or `signal:HUP@pid:1`. */
export const hookKind: Kind<Hook> = {
  name: 'hook',
  parse: (text) => {
    if (text.startsWith('signal:')) return parseSignal(text);
    if (/^https?:/.test(text)) return { type: 'http', url: http.parse(text) };
    throw new Invalid('is no hook, such as https://app/freeze, signal:USR1@postgres or signal:HUP@pid:1');
  },
  format: formatHook,
};

/** Several of them, done in this order. */
export const hooks: Kind<readonly Hook[]> = list(hookKind);

/** A hook as it is named in messages: without the query of a URL, in which secrets are. */
export function hookName(hook: Hook): string {
  return hook.type === 'http' ? hook.url.origin + hook.url.pathname : formatHook(hook);
}

/** Writes a hook as its kind reads it. */
function formatHook(hook: Hook): string {
  if (hook.type === 'http') return hook.url.href;
  const target = typeof hook.process === 'number' ? `pid:${hook.process}` : hook.process;
  return `signal:${hook.signal.slice('SIG'.length)}@${target}`;
}

function parseSignal(text: string): SignalHook {
  const match = /^signal:(?:SIG)?(?<signal>[A-Z0-9]+)@(?:pid:(?<pid>\d+)|(?<process>.+))$/.exec(text);
  const { signal = '', pid, process: name = '' } = match?.groups ?? {};
  if (match === null) throw new Invalid('is no signal hook; write signal:USR1@postgres or signal:HUP@pid:1');
  const known = Object.keys(constants.signals).find((candidate) => candidate === `SIG${signal}`);
  if (known === undefined)
    throw new Invalid(`names an unknown signal, ${signal}; known are USR1, USR2, HUP and what kill -l lists`);
  if (pid !== undefined && (Number(pid) < 1 || Number(pid) > 2 ** 22))
    throw new Invalid('names a process number that none can have');
  if (name.startsWith('pid:')) throw new Invalid('names no process number; write signal:HUP@pid:1');
  return { type: 'signal', signal: known as NodeJS.Signals, process: pid === undefined ? name : Number(pid) };
}
