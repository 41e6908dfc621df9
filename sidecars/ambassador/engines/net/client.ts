import type { Socket } from 'node:net';
import type { Attempt } from '../../dispatch/attempt.ts';
import type { Dispatcher } from '../../dispatch/dispatcher.ts';
import type { Wire } from './wire.ts';

/** A client between accept and join. */
export interface Client {
  readonly wire: Wire;
  readonly dispatcher: Dispatcher<Client>;
  attempt: Attempt<Client> | undefined;
  /** The socket that is being connected for it. */
  dialing: Socket | undefined;
}
