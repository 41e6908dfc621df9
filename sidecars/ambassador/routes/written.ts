import { Invalid } from '#shared/config/kinds.ts';
import { formatOptions, type Given, isOption, readOptions } from './given.ts';
import { parseHost, parsePort } from './host.ts';
import { formatListen, leadsBack, parseListen } from './listen.ts';
import type { Problems } from './problems.ts';
import type { ListenAddress, Target } from './route.ts';
import { formatTarget, parseTarget } from './target.ts';
import { wordsOf } from './words.ts';

/** A route as it was written: only with the options that it gives itself. */
export interface WrittenRoute {
  /** How messages name it: the words it was read from. */
  readonly text: string;
  readonly listen: ListenAddress;
  readonly targets: readonly [Target, ...Target[]];
  readonly given: Given;
}

/**
 * Reads routes one by one; those that are wrong are left out, and told in `problems`.
 *
 * - `LISTEN=BACKEND[,BACKEND…][?option=value&…]`
 * - `LISTEN HOST PORT [HOST PORT…]`, the form of old ambassadors, all ports numbers: a number in the place of a host begins the next route
 */
export function readWritten(text: string, problems: Problems): WrittenRoute[] {
  const words = wordsOf(text);
  const routes: (WrittenRoute | undefined)[] = [];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (isOption(word.replace(/=.*/s, '')))
      problems.add(word, `is an option, and stands behind the ? of a route: LISTEN=BACKEND?${word}`);
    else if (word.includes('=')) routes.push(readRoute(word, problems));
    else if (/^\d+$/.test(word)) routes.push(readClassic([word, ...takeClassic(words)], problems));
    else if (/^[^:]*:\d+$/.test(word)) problems.add(word, `names no LISTEN; write ${word.replace(/.*:/, '')}=${word}`);
    else problems.add(word, 'is no route; write LISTEN=BACKEND, such as 6379=redis:6379');
  }
  return routes.filter((route) => route !== undefined);
}

function readRoute(text: string, problems: Problems): WrittenRoute | undefined {
  const at = text.indexOf('=');
  const [written = '', ...rest] = text.slice(at + 1).split('?');
  const [, option] = /&([a-z-]+)(?:=|&|$)/.exec(written) ?? [];
  if (option !== undefined && isOption(option)) {
    problems.add(text, `has the option ${option} behind an &; the first one stands behind a ?: ${text.replace('&', '?')}`);
    return undefined;
  }
  const listen = problems.attempt(text, text.slice(0, at) || 'LISTEN', () => parseListen(text.slice(0, at)));
  const targets = written.split(',').map((target) => problems.attempt(text, target || 'a backend', () => parseTarget(target)));
  const found = problems.found.length;
  const given = readOptions(rest.join('?'), text, problems);
  const route = assembled(text, listen, targets, given, problems);
  // with options unread, what is said of its place among others may be wrong
  return problems.found.length === found ? route : undefined;
}

/** Takes the words of a route in the form of old ambassadors: pairs, up to a number in the place of a host. */
function takeClassic(words: string[]): string[] {
  const taken: string[] = [];
  for (let word = words[0]; word !== undefined && !word.includes('='); word = words[0]) {
    if (taken.length % 2 === 0 && /^\d+$/.test(word)) break;
    taken.push(word);
    words.shift();
  }
  return taken;
}

function readClassic([port = '', ...pairs]: readonly string[], problems: Problems): WrittenRoute | undefined {
  const text = [port, ...pairs].join(' ');
  const listen = problems.attempt(text, port, () => parseListen(port));
  if (pairs.length === 0) problems.add(text, `names no backend; write ${port} HOST PORT, or ${port}=HOST:PORT`);
  const targets: (Target | undefined)[] = [];
  for (let at = 0; at < pairs.length; at += 2) {
    const [host = '', number] = [pairs[at], pairs[at + 1]];
    targets.push(problems.attempt(text, [host, number].join(' ').trim(), () => parsePair(host, number)));
  }
  return assembled(text, listen, targets, {}, problems);
}

function parsePair(host: string, port: string | undefined): Target {
  if (port === undefined && /:\d+$/.test(host)) throw new Invalid('goes behind a =; write LISTEN=HOST:PORT, or LISTEN HOST PORT');
  if (port === undefined) throw new Invalid('has no port; write LISTEN HOST PORT');
  return { type: 'host', host: parseHost(host), port: parsePort(port) };
}

/** A route of its parts, where each of them could be read. */
function assembled(
  text: string,
  listen: ListenAddress | undefined,
  targets: readonly (Target | undefined)[],
  given: Given,
  problems: Problems,
): WrittenRoute | undefined {
  const [first, ...others] = targets.filter((target) => target !== undefined);
  if (listen === undefined || first === undefined || others.length + 1 < targets.length) return undefined;
  const route: WrittenRoute = { text, listen, targets: [first, ...others], given };
  const names = route.targets.map(formatTarget);
  for (const name of new Set(names.filter((candidate, index) => names.indexOf(candidate) < index)))
    problems.add(text, `names the backend ${name} twice; leave one out`);
  for (const target of route.targets) {
    if (leadsBack(listen, target))
      problems.add(text, `${formatTarget(target)} leads back to the route itself; name the host that has the service`);
  }
  return route;
}

/** Writes a route as {@link readWritten} reads it. */
export function formatWritten({ listen, targets, given }: Omit<WrittenRoute, 'text'>): string {
  const options = formatOptions(given);
  return `${formatListen(listen)}=${targets.map(formatTarget).join(',')}${options && `?${options}`}`;
}
