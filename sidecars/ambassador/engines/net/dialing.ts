import { Socket } from 'node:net';
import { codeOf, messageOf } from '#shared/exit.ts';
import type { Endpoint } from '../../dispatch/endpoint.ts';
import { type Ends, encode } from '../../preface/proxy-protocol.ts';
import type { RouteOptions } from '../../routes/options.ts';
import { nameToProve, OriginationFailure, originate } from '../../tls/originate.ts';
import type { DialFailure } from '../engine.ts';
import { keepAlive } from './accept.ts';
import { failureOf } from './failures.ts';
import { standsOn } from './reset.ts';
import type { RouteTls } from './route-tls.ts';
import { Wire } from './wire.ts';

/** A backend to connect to, and how. */
export interface Dialed {
  readonly endpoint: Endpoint;
  readonly options: RouteOptions;
  readonly tls: RouteTls | undefined;
  /** What the PROXY header tells, where there is one. */
  readonly ends: Ends | undefined;
  /** Whether it will be joined to a wire. */
  readonly wired: boolean;
}

/** How connecting ended. */
export interface DialEvents {
  connected(socket: Socket): void;
  failed(reason: DialFailure | 'starved', message: string): void;
}

/** A backend that is being connected: the connection itself, the PROXY header, the TLS handshake. */
export class Dialing {
  readonly #socket: Socket;
  readonly #dialed: Dialed;
  readonly #events: DialEvents;
  #over = false;

  constructor(dialed: Dialed, events: DialEvents) {
    this.#dialed = dialed;
    this.#events = events;
    this.#socket = dialed.wired ? new Wire() : streamSocket();
    this.#socket.once('connect', this.#announce).on('error', this.#fail);
    const { endpoint } = dialed;
    if (endpoint.type === 'unix') this.#socket.connect({ path: endpoint.path });
    else this.#socket.connect({ host: endpoint.address, port: endpoint.port, family: endpoint.family });
  }

  /** Gives up; nothing more is told. */
  abandon(): void {
    this.#over = true;
    this.#socket.destroy();
  }

  readonly #announce = (): void => {
    const { options, ends } = this.#dialed;
    if (options.proxyOut === 'off') this.#secure();
    else
      this.#socket.write(encode(options.proxyOut, ends), (error) => {
        if (error) this.#fail(error);
        else this.#secure();
      });
  };

  #secure(): void {
    if (this.#over) return;
    const { tls, options, endpoint } = this.#dialed;
    const socket = this.#socket;
    if (tls?.backends === undefined) {
      this.#finish(socket);
      return;
    }
    const origination = { context: tls.backends, name: nameToProve(options, endpoint), verify: options.tlsOutVerify };
    originate(socket, origination, options.connectTimeout).then((secure) => {
      standsOn(secure, socket);
      this.#finish(secure);
    }, this.#fail);
  }

  #finish(socket: Socket): void {
    if (this.#over) return;
    this.#over = true;
    // whoever joins it hears of errors; one with nobody to hear it would end the process
    this.#socket.off('error', this.#fail).on('error', () => {});
    this.#events.connected(socket);
  }

  readonly #fail = (error: unknown): void => {
    if (this.#over) return;
    this.#over = true;
    this.#socket.destroy();
    const reason = error instanceof OriginationFailure ? error.reason : failureOf(codeOf(error));
    this.#events.failed(reason, messageOf(error));
  };
}

/** A socket that is not read before it is joined. */
function streamSocket(): Socket {
  return new Socket({ allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAlive * 1000 }).pause();
}
