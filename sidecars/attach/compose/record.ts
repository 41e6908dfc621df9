import { keysOf } from './model/plain.ts';

/** What a generated service says of itself under its `x-sidekick`, so that it is known again and can be taken out. */
export interface Attachment {
  /** The service that it belongs to. */
  readonly 'attached-to': string;
  /** What was added elsewhere in the file: `volumes/web-logs-state`, `services/web/extra_hosts`. No name in compose has a slash. */
  readonly added?: readonly string[];
  /** Keys that were added with what a merge key (`<<`) had brought, so that they go as a whole. */
  readonly repeated?: readonly string[];
  /** Keys that got the tag `!reset`, so that compose takes no notice of them, in no file: `services/web/links`. */
  readonly resets?: readonly string[];
  /** Keys that were there with nothing in them, and stay when what was added is gone. */
  readonly kept?: readonly string[];
  /** Keys that got the tag `!override`. */
  readonly overrides?: readonly string[];
}

/** The record of a service, where it was generated. */
export function recordOf(service: unknown): Attachment | undefined {
  const record = keysOf(keysOf(service)['x-sidekick']);
  if (typeof record['attached-to'] !== 'string') return undefined;
  const list = (key: string) => (Array.isArray(record[key]) ? record[key].map(String) : []);
  return {
    'attached-to': record['attached-to'],
    added: list('added'),
    repeated: list('repeated'),
    resets: list('resets'),
    kept: list('kept'),
    overrides: list('overrides'),
  };
}
