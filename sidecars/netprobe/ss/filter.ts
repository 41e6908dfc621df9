import { BlockList, isIP } from 'node:net';
import { Exit, exitCode } from '#shared/exit.ts';
import { statesOfWord, stateWords } from './states.ts';

/** What a filter looks at. */
export interface Filterable {
  readonly state: string;
  /** Addresses without their ports; of a Unix socket, its path. */
  readonly source: string;
  readonly destination: string;
  /** 0 where there is none. */
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** A filter in the words of ss(8). */
export interface Filter {
  /** The states that it names; undefined where it names none. */
  readonly states: ReadonlySet<string> | undefined;
  readonly matches: (socket: Filterable) => boolean;
}

type Test = (socket: Filterable) => boolean;

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = Object.fromEntries(
  (
    [
      [['=', '==', 'eq'], (a, b) => a === b],
      [['!=', 'ne', 'neq'], (a, b) => a !== b],
      [['>=', 'ge', 'geq'], (a, b) => a >= b],
      [['<=', 'le', 'leq'], (a, b) => a <= b],
      [['>', 'gt'], (a, b) => a > b],
      [['<', 'lt'], (a, b) => a < b],
    ] as const satisfies readonly (readonly [readonly string[], (a: number, b: number) => boolean])[]
  ).flatMap(([words, compare]) => words.map((word) => [word, compare] as const)),
);

/**
 * Reads a filter: `state established dst 10.0.0.0/8 and not ( sport = :80 or sport = :443 )`. Between two conditions `and` may be left out.
 * @throws Exit with 64 that says which word is wrong
 */
export function parseFilter(words: readonly string[]): Filter {
  const tokens = words.flatMap((word) => word.match(/[()]|!=|!|[<>=]=?|[^\s()<>=!]+/g) ?? []);
  let states: ReadonlySet<string> | undefined;
  while (tokens[0] === 'state' || tokens[0] === 'exclude') {
    const isExclusion = tokens.shift() === 'exclude';
    const word = tokens.shift() ?? '';
    const named = statesOfWord(word);
    if (named === undefined)
      throw wrong(word === '' ? 'the filter ends behind state' : `${word} is no state`, `there are ${stateWords.join(', ')}`);
    const before = states ?? (isExclusion ? (statesOfWord('all') ?? new Set<string>()) : new Set<string>());
    states = isExclusion ? before.difference(named) : before.union(named);
  }
  const matches = tokens.length === 0 ? () => true : disjunction(tokens);
  const [rest] = tokens;
  if (rest !== undefined)
    throw wrong(`${rest} is not expected there`, 'conditions are joined by and, or and not; states go first');
  return { states, matches };
}

function disjunction(tokens: string[]): Test {
  const tests = [conjunction(tokens)];
  while (tokens[0] === 'or' || tokens[0] === '|' || tokens[0] === '||') {
    tokens.shift();
    tests.push(conjunction(tokens));
  }
  return (socket) => tests.some((test) => test(socket));
}

function conjunction(tokens: string[]): Test {
  const tests = [condition(tokens)];
  while (tokens[0] !== undefined && ![')', 'or', '|', '||'].includes(tokens[0])) {
    if (['and', '&', '&&'].includes(tokens[0])) tokens.shift();
    tests.push(condition(tokens));
  }
  return (socket) => tests.every((test) => test(socket));
}

function condition(tokens: string[]): Test {
  const word = tokens.shift();
  switch (word) {
    case undefined:
      throw wrong('the filter ends too early', 'such as dst 10.0.0.0/8');
    case 'not':
    case '!': {
      const test = condition(tokens);
      return (socket) => !test(socket);
    }
    case '(': {
      const test = disjunction(tokens);
      if (tokens.shift() !== ')') throw wrong('a parenthesis is not closed', 'write ) behind it');
      return test;
    }
    case 'src':
    case 'dst':
      return addressTest(word, tokens);
    case 'sport':
    case 'dport':
      return portTest(word, tokens);
    default:
      throw wrong(`${word} is no condition`, 'there are src, dst, sport, dport, and in front of all of them state');
  }
}

function portTest(side: 'sport' | 'dport', tokens: string[]): Test {
  const operator = tokens.shift() ?? '';
  const isPort = (text: string) => /^:?\d{1,5}$/.test(text);
  const compare = comparisons[operator] ?? (isPort(operator) ? comparisons['='] : undefined);
  const text = isPort(operator) ? operator : (tokens.shift() ?? '');
  const port = Number(text.replace(':', ''));
  if (compare === undefined || !isPort(text) || port > 65_535)
    throw wrong(`${side} ${operator} ${text} is no condition`.replaceAll(/ +/g, ' '), `such as ${side} = :443`);
  return side === 'sport' ? (socket) => compare(socket.sourcePort, port) : (socket) => compare(socket.destinationPort, port);
}

/** `10.0.0.1`, `10.0.0.0/8:80`, `[::1]:80`, `fd00::/8`, `*:80`, `:80`. */
const inetAddress = /^(?:\[([^\]]*)\]|(\*|[^/:\s]*|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*))(?:\/(\d+))?(?::(\d+|\*))?$/;

function addressTest(side: 'src' | 'dst', tokens: string[]): Test {
  if (tokens[0] === '=' || tokens[0] === '==' || tokens[0] === 'eq') tokens.shift();
  const text = tokens.shift() ?? '';
  const addressOf = (socket: Filterable) => (side === 'src' ? socket.source : socket.destination);
  // a Unix socket is named by its path
  if (/^[@/]./.test(text)) return (socket) => addressOf(socket) === text;
  const [, bracketed, plain, length, port] = inetAddress.exec(text) ?? [];
  const address = bracketed ?? plain;
  if (address === undefined || text === '')
    throw wrong(`${side} ${text} is no condition`, `such as ${side} 10.0.0.0/8, ${side} 10.0.0.1:80, ${side} [::1]:80`);
  const portOf = (socket: Filterable) => (side === 'src' ? socket.sourcePort : socket.destinationPort);
  const portFits: Test = port === undefined || port === '*' ? () => true : (socket) => portOf(socket) === Number(port);
  if (address === '' || address === '*') return portFits;
  const version = isIP(address);
  if (version === 0) throw wrong(`${address} is no address`, 'names are not resolved: see dns NAME');
  const bits = Number(length ?? (version === 4 ? 32 : 128));
  if (bits > (version === 4 ? 32 : 128)) throw wrong(`${text} is no network`, 'such as 10.0.0.0/8');
  const network = new BlockList();
  network.addSubnet(address, bits, version === 4 ? 'ipv4' : 'ipv6');
  const family = version === 4 ? 'ipv4' : 'ipv6';
  return (socket) => isIP(addressOf(socket)) === version && network.check(addressOf(socket), family) && portFits(socket);
}

function wrong(what: string, next: string): Exit {
  return new Exit(exitCode.settings, `in the filter, ${what}; ${next}`);
}
