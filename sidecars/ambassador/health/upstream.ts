import type { Log } from '#shared/log.ts';
import type { Endpoint } from '../dispatch/endpoint.ts';
import { Ledger } from '../dispatch/ledger.ts';
import type { DialFailure, EngineBackend } from '../engines/engine.ts';
import type { ObservedBackend } from '../observe.ts';
import type { Past } from '../past.ts';
import { failures } from '../reasons.ts';
import type { Loops } from '../resolve/loops.ts';
import type { Resolver } from '../resolve/resolver.ts';
import { TargetSet } from '../resolve/target-set.ts';
import type { Route } from '../routes/route.ts';
import type { TlsContext } from '../tls/contexts.ts';
import { Checker, type CheckPlan } from './checker.ts';
import { Ejection } from './ejection.ts';
import type { Member } from './member.ts';
import { type Outlook, outlookOf } from './outlook.ts';
import { type Probe, probeOf } from './probes/probe.ts';
import { Reachability } from './reachability.ts';
import { Scout } from './scout.ts';
import { Slots } from './slots.ts';

/** What all upstreams of a sidecar work with. */
export interface UpstreamParts {
  readonly resolver: Resolver;
  readonly ledger: Ledger;
  readonly past: Past;
  readonly log: Log;
  /** Those of all routes together. */
  readonly loops?: Loops;
  /** The files for TLS to the backends of a route; it has to give some where `needsTls` says so. */
  readonly tls?: (route: Route) => TlsContext | undefined;
  /** Milliseconds of a clock that never jumps. */
  readonly now?: () => number;
}

/** What one upstream works with. */
export interface UpstreamOptions extends UpstreamParts {
  /** Tells the engine of the backends, whenever they or what they may be used for changed, and never without news. */
  readonly publish: (backends: readonly EngineBackend[]) => void;
  /** The outlook changed. */
  readonly onChange?: (outlook: Outlook) => void;
}

/** How often the ledger is asked for news while the route is not well, in milliseconds. */
const pulse = 500;

/**
 * The backends of one route: targets are resolved to endpoints, endpoints are checked, those that fail are left out for a while, and the
 * engine is told what is left. Whatever happens in one turn of the event loop is told at its end, once.
 */
export class Upstream {
  readonly #options: UpstreamOptions;
  readonly #now: () => number;
  readonly #log: Log;
  readonly #targets: TargetSet;
  readonly #slots: Slots;
  readonly #ejection: Ejection;
  readonly #reachability = new Reachability();
  readonly #scout = new Scout();
  /** By key, in the order in which the engine is told of them. */
  #members = new Map<string, Member>();
  readonly #bySlot = new Map<number, Member>();
  #plan: CheckPlan | undefined;
  #scoutProbe: Probe | undefined;
  /** The slots of those that only an ejection keeps from being used. */
  #candidates: readonly number[] = [];
  #published = '';
  #leadingBack = '';
  #outlook: Outlook = outlookOf([], false, undefined);
  #isFull = false;
  #isChanged = false;
  #isClosed = false;
  #pulse: NodeJS.Timeout | undefined;
  #comeback: NodeJS.Timeout | undefined;

  /** @throws Error where the files for TLS are missing. */
  constructor(route: Route, options: UpstreamOptions) {
    const { log, ledger, past, resolver, loops, now = () => performance.now() } = options;
    this.#options = options;
    this.#now = now;
    this.#log = log.child({ route: route.name });
    this.#targets = new TargetSet(resolver, () => this.#change(), loops);
    this.#ejection = new Ejection(route.options);
    this.#slots = new Slots(route, { ledger, past, now }, ({ slot }) => this.#ejection.forget(slot));
    this.#adopt(route);
  }

  /** How the route is. */
  get outlook(): Outlook {
    return this.#outlook;
  }

  /** Every backend that has a slot; those that went are last, as long as anybody may still write to their slots. */
  get backends(): ObservedBackend[] {
    const now = this.#now();
    return [...this.#members.values(), ...this.#slots.leaving].map((member) => this.#observed(member, now));
  }

  /** Attempts of the engine to connect to a backend failed, `count` of them in a row. */
  failed(slot: number, reason: DialFailure, count: number): void {
    const member = this.#bySlot.get(slot);
    if (member === undefined || this.#isClosed) return;
    const now = this.#now();
    this.#notice(member, now);
    this.#reachability.failed(slot, reason, now);
    for (const source of member.sources) source.refresh();
    const time = this.#ejection.failed(slot, count, now, this.#candidates);
    if (time !== undefined) {
      member.ejections += 1;
      this.#log.warn({ backend: member.key, reason: failures[reason], ms: time }, 'a backend is left out after failed connects');
    }
    this.#change();
  }

  /**
   * Goes on with other targets or options; the name stays. What is known of backends that stay is kept.
   * @throws Error as the constructor does; then nothing has changed.
   */
  update(route: Route): void {
    this.#adopt(route);
  }

  /**
   * Takes all backends from the engine, and looks after none any more.
   * @returns when their last connections have ended and the slots are given back; this keeps no process alive.
   */
  close(): Promise<void> {
    this.#isClosed = true;
    this.#targets.close();
    this.#scout.recall();
    clearTimeout(this.#pulse);
    for (const member of this.#members.values()) this.#leave(member);
    this.#members.clear();
    this.#publish();
    clearTimeout(this.#comeback);
    return this.#slots.emptied();
  }

  #adopt(route: Route): void {
    const { options } = route;
    const { check, checkInterval: interval, checkTimeout, rise, fall, connectTimeout, tlsOut } = options;
    const tls = this.#options.tls?.(route);
    const probe = probeOf(check, options, checkTimeout, tls);
    const scoutProbe = probe ? undefined : probeOf({ type: tlsOut ? 'tls' : 'tcp' }, options, connectTimeout, tls);
    this.#plan = probe && { probe, interval, rise, fall };
    this.#scoutProbe = scoutProbe;
    this.#scout.recall();
    this.#ejection.policy = options;
    this.#slots.connectTimeout = connectTimeout;
    // one that is in use without checks stays in use until they know better
    for (const member of this.#members.values()) this.#check(member, true);
    this.#targets.follow(route);
    this.#change();
  }

  /** Settles what changed at the end of this turn. */
  #change(): void {
    if (this.#isChanged) return;
    this.#isChanged = true;
    queueMicrotask(() => {
      this.#isChanged = false;
      if (!this.#isClosed) this.#settle();
    });
  }

  #settle(): void {
    let isOther = this.#gather();
    const isChecked = ({ checker, isTrusted }: Member) => isTrusted || checker?.state !== 'unknown';
    // nothing is lost by a reload: what it took away goes when all is known of what it brought
    if (this.#targets.hasFormer && this.#targets.isSettled && this.#members.values().every(isChecked)) {
      this.#targets.settle();
      isOther = this.#gather() || isOther;
    }
    this.#publish();
    this.#look(isOther);
  }

  /** Makes the members what the targets resolve to. @returns whether some came or went. */
  #gather(): boolean {
    const found = this.#targets.endpoints;
    this.#tellLoops(this.#targets.leadingBack.join(', '));
    const known = this.#members;
    const gone = known.values().filter(({ key }) => !found.has(key));
    let isOther = false;
    for (const member of gone) {
      this.#leave(member);
      isOther = true;
    }
    this.#members = new Map();
    for (const [key, { endpoint, sources }] of found) {
      const member = known.get(key) ?? this.#enter(endpoint);
      if (member === undefined) continue;
      isOther ||= !known.has(key);
      member.endpoint = endpoint;
      member.sources = sources;
      this.#members.set(key, member);
    }
    return isOther;
  }

  #tellLoops(leadingBack: string): void {
    if (leadingBack === this.#leadingBack) return;
    this.#leadingBack = leadingBack;
    if (leadingBack !== '')
      this.#log.warn(`${leadingBack} is left out: it leads back to the route itself; name the host that has the service`);
  }

  #enter(endpoint: Endpoint): Member | undefined {
    const member = this.#slots.enter(endpoint);
    if (member === undefined) {
      if (!this.#isFull) this.#log.error(`there are more than ${Ledger.slots} routes and backends: some backends are not used`);
      this.#isFull = true;
      return undefined;
    }
    this.#isFull = false;
    this.#bySlot.set(member.slot, member);
    this.#check(member, false);
    return member;
  }

  #leave(member: Member): void {
    member.uncheck();
    this.#bySlot.delete(member.slot);
    this.#reachability.forget(member.slot);
    this.#slots.leave(member);
  }

  /** Checks a member as is planned now. @param trusted whether it may be used before the first result. */
  #check(member: Member, trusted: boolean): void {
    if (this.#plan === undefined) {
      member.uncheck();
    } else if (member.checker !== undefined) {
      member.checker.update(this.#plan);
    } else {
      member.isTrusted = trusted;
      member.checker = new Checker(member.endpoint, this.#plan, (success, isNews) => {
        if (success && member.checker?.state === 'up') this.#reachability.answered();
        if (isNews) this.#tellCheck(member);
        this.#change();
      });
    }
  }

  #tellCheck({ key, checker }: Member): void {
    if (checker?.state === 'up') this.#log.info({ backend: key }, 'a backend is up by its checks');
    else this.#log.warn({ backend: key, reason: checker?.reason }, 'a backend is down by its checks');
  }

  #publish(): void {
    const now = this.#now();
    const members = [...this.#members.values()];
    this.#candidates = members.filter(({ isWell }) => isWell).map(({ slot }) => slot);
    if (this.#ejection.settle(this.#candidates, now)) this.#log.info('backends come back early: all would be left out');
    const backends = members.map((member) => ({
      slot: member.slot,
      endpoint: member.endpoint,
      usable: this.#isUsable(member, now),
      ...(member.isWell && this.#ejection.isOut(member.slot, now) && { spare: true }),
    }));
    const written = JSON.stringify(backends);
    // an empty set is one only when all names were looked up: until then the engine lets clients wait
    const isKnown = backends.length > 0 || this.#targets.isSettled || this.#isClosed;
    if (isKnown && written !== this.#published) {
      this.#published = written;
      this.#options.publish(backends);
    }
    this.#slots.told();
    clearTimeout(this.#comeback);
    const next = this.#ejection.next(now);
    if (next !== undefined) this.#comeback = setTimeout(() => this.#change(), Math.ceil(next - now));
  }

  #isUsable(member: Member, now: number): boolean {
    return member.isWell && !this.#ejection.isOut(member.slot, now);
  }

  /** Takes notice of connections that were established to a backend. */
  #notice(member: Member, now: number): void {
    if (!member.connectedSince()) return;
    this.#reachability.reached();
    this.#ejection.succeeded(member.slot, now);
  }

  /** How the route is now, and what follows from that. @param isOther whether backends came or went. */
  #look(isOther: boolean): void {
    const members = [...this.#members.values()];
    if (this.#plan !== undefined) this.#reachability.lapse(this.#now());
    const known = members.map(({ key, slot, isWell, checker }) => {
      const lastFailure = this.#reachability.failureOf(slot);
      return { key, isWell, checkFailure: checker?.reason ?? '', lastFailure };
    });
    const before = this.#outlook;
    this.#outlook = outlookOf(known, this.#reachability.wasReached, this.#targets.problem);
    const { state, reason } = this.#outlook;
    clearTimeout(this.#pulse);
    if (state !== 'ok') this.#pulse = setTimeout(() => this.#listen(), pulse);
    if (state === 'ok' || this.#scoutProbe === undefined) {
      this.#scout.recall();
    } else if (!this.#scout.isOut || isOther) {
      const endpoints = members.map(({ endpoint }) => endpoint);
      this.#scout.send(endpoints, this.#scoutProbe, state === 'starting', () => {
        this.#reachability.reached();
        this.#change();
      });
    }
    if (state !== before.state || reason !== before.reason) this.#options.onChange?.(this.#outlook);
  }

  #listen(): void {
    const now = this.#now();
    for (const member of this.#members.values()) this.#notice(member, now);
    this.#change();
  }

  #observed(member: Member, now: number): ObservedBackend {
    const { key, slot, ledger, before, ejections, checker } = member;
    const isLeaving = !this.#bySlot.has(slot);
    const until = isLeaving ? undefined : this.#ejection.until(slot, now);
    const check = checker === undefined ? 'off' : checker.state === 'unknown' ? 'pending' : checker.state;
    const failure = until === undefined ? undefined : this.#reachability.failureOf(slot);
    return {
      ...{ key, ledger, slot, before, ejections, check },
      reason: checker?.reason || (failure ?? ''),
      ejectedUntil: until === undefined ? undefined : Date.now() + until - now,
      usable: !isLeaving && this.#isUsable(member, now),
      ...(isLeaving && { leaving: true }),
    };
  }
}
