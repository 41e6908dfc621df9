import type { AdminHandler } from '#shared/admin.ts';
import { answer, faultPaths } from './api.ts';
import type { ProxyHost } from './proxy-host.ts';

/** Adds the API of faults to an admin server. */
export function serveFaults(serve: (path: string, handler: AdminHandler) => void, host: ProxyHost): void {
  const handler: AdminHandler = async (request) =>
    (await answer(request, host)) ?? { code: 404, type: 'text/plain; charset=utf-8', body: 'not found\n' };
  for (const path of faultPaths) serve(path, handler);
}
