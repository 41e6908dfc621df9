import type { AdminHandler } from '#shared/admin.ts';
import { answer, faultPaths } from './api.ts';
import type { ProxyHost } from './proxy-host.ts';
import { errorBody, json, Refusal } from './refusal.ts';

const off = new Refusal(404, 'faults are off; set AMBASSADOR_FAULTS=on, and start the sidecar anew, to put some in');

/** Adds the API of faults to an admin server. @param host undefined where there shall be none: then all that is said is how to get them. */
export function serveFaults(serve: (path: string, handler: AdminHandler) => void, host: ProxyHost | undefined): void {
  const handler: AdminHandler = async (request) => (host && (await answer(request, host))) ?? json(off.code, errorBody(off));
  for (const path of faultPaths) serve(path, handler);
}
