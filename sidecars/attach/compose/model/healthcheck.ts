import { itemsOf, type Keys, keysOf } from './plain.ts';

/** What others can wait for: its health where the file says how that is found out, else its start. */
export function readiness({ healthcheck }: Keys): 'service_healthy' | 'service_started' {
  const { disable, test } = keysOf(healthcheck);
  const isOff = healthcheck === undefined || healthcheck === null || disable === true || itemsOf(test)[0] === 'NONE';
  return isOff ? 'service_started' : 'service_healthy';
}
