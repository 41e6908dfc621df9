import { isIPv4, isIPv6 } from 'node:net';
import { bytesOfAddress, wordsOfAddress } from './addresses.ts';
import { FilterError } from './filter-error.ts';

/** A filter that was read. */
export interface FilterExpression {
  /** As a person wrote it; positions are in it. */
  readonly text: string;
  readonly root: Condition;
}

/** What a packet has to be. */
export type Condition = Chain | Negation | Primitive;

/** Conditions joined from left to right, as `and` and `or` bind equally: `a or b and c` is `(a or b) and c`. */
export interface Chain {
  readonly type: 'chain';
  readonly first: Condition;
  readonly rest: readonly { readonly operator: 'and' | 'or'; readonly condition: Condition }[];
}

export interface Negation {
  readonly type: 'not';
  readonly condition: Condition;
}

/** Which address or port of a packet is meant. */
export type Side = 'either' | 'source' | 'destination' | 'both';

/** Where an IPv4 address is looked for. */
export type AddressProtocol = 'ip' | 'arp' | 'rarp';

/** A condition that is not made of others. */
export type Primitive = {
  /** Where in the text it begins. */
  readonly position: number;
  /** How many `vlan` stand before it: so many tags are in front of what it looks at. */
  readonly vlans: number;
} & Matter;

/** What a primitive asks. Numbers are from 0 to 2^32 − 1. */
export type Matter =
  /** An EtherType; up to 1500, the service access point of an LLC header (IEEE 802.2). */
  | { readonly type: 'ethertype'; readonly value: number }
  | { readonly type: 'protocol'; readonly versions: readonly (4 | 6)[]; readonly value: number }
  | { readonly type: 'hardwareAddress'; readonly side: Side; readonly address: readonly number[] }
  | {
      readonly type: 'network4';
      readonly protocols: readonly AddressProtocol[];
      readonly side: Side;
      readonly address: number;
      readonly mask: number;
    }
  | {
      readonly type: 'network6';
      readonly side: Side;
      /** Four words of 32 bits each. */
      readonly address: readonly number[];
      readonly mask: readonly number[];
    }
  /** A host whose addresses are not known yet; see {@link withAddresses}. */
  | {
      readonly type: 'hostName';
      readonly name: string;
      readonly side: Side;
      /** Where its IPv4 addresses are looked for, and whether its IPv6 addresses are. */
      readonly protocols: readonly AddressProtocol[];
      readonly version6: boolean;
    }
  | {
      readonly type: 'ports';
      /** Numbers of IP protocols. */
      readonly transports: readonly number[];
      readonly side: Side;
      readonly first: number;
      readonly last: number;
    }
  | { readonly type: 'broadcast' }
  | { readonly type: 'multicast'; readonly of: 'link' | 'ip' | 'ip6' }
  | { readonly type: 'vlan'; readonly id: number | undefined }
  | { readonly type: 'inbound' | 'outbound' }
  | { readonly type: 'interfaceIndex'; readonly index: number }
  | {
      readonly type: 'relation';
      readonly operator: RelationOperator;
      readonly left: Arithmetic;
      readonly right: Arithmetic;
    };

export type RelationOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '<<' | '>>';

/** A number made of a packet; it has 32 bits and no sign. */
export type Arithmetic =
  | { readonly type: 'number'; readonly value: number }
  | { readonly type: 'length' }
  | {
      readonly type: 'bytes';
      readonly position: number;
      /** A header that the index counts from; `link` is the frame itself. */
      readonly protocol: string;
      readonly index: Arithmetic;
      readonly size: 1 | 2 | 4;
    }
  | { readonly type: 'negation'; readonly operand: Arithmetic }
  | {
      readonly type: 'operation';
      readonly operator: ArithmeticOperator;
      readonly left: Arithmetic;
      readonly right: Arithmetic;
    };

/** The names of hosts in a filter, each once, in its order. */
export function hostNamesOf(expression: FilterExpression): readonly string[] {
  const names = new Set<string>();
  const visit = (condition: Condition): void => {
    if (condition.type === 'chain') {
      visit(condition.first);
      for (const { condition: next } of condition.rest) visit(next);
    } else if (condition.type === 'not') visit(condition.condition);
    else if (condition.type === 'hostName') names.add(condition.name);
  };
  visit(expression.root);
  return [...names];
}

/**
 * The filter with addresses instead of names of hosts.
 * @param addresses IPv4 and IPv6 addresses of each name; of a name that has none, nothing or an empty list.
 * @throws FilterError at a name without an address of the kind that is looked for.
 */
export function withAddresses(expression: FilterExpression, addresses: ReadonlyMap<string, readonly string[]>): FilterExpression {
  const { text } = expression;
  const replace = (condition: Condition): Condition => {
    if (condition.type === 'chain') {
      const rest = condition.rest.map(({ operator, condition: next }) => ({ operator, condition: replace(next) }));
      return { type: 'chain', first: replace(condition.first), rest };
    }
    if (condition.type === 'not') return { type: 'not', condition: replace(condition.condition) };
    if (condition.type !== 'hostName') return condition;
    return conditionOfHost(text, condition, addresses.get(condition.name) ?? []);
  };
  return { text, root: replace(expression.root) };
}

function conditionOfHost(text: string, host: Extract<Primitive, { type: 'hostName' }>, addresses: readonly string[]): Condition {
  const { name, position, vlans, side, protocols, version6 } = host;
  const found = addresses.flatMap((address): Primitive[] => {
    if (isIPv4(address) && protocols.length > 0) {
      const word = wordsOfAddress(bytesOfAddress(address))[0] ?? 0;
      return [{ type: 'network4', position, vlans, side, protocols, address: word, mask: 0xff_ff_ff_ff }];
    }
    if (!isIPv6(address) || !version6) return [];
    const words = wordsOfAddress(bytesOfAddress(address));
    return [{ type: 'network6', position, vlans, side, address: words, mask: words.map(() => 0xff_ff_ff_ff) }];
  });
  const [first, ...others] = found;
  if (first === undefined) {
    const kind = addresses.length === 0 ? 'address' : protocols.length > 0 ? 'IPv4 address' : 'IPv6 address';
    throw new FilterError(`no ${kind} is known of ${name}; give an address instead`, text, position);
  }
  return { type: 'chain', first, rest: others.map((condition) => ({ operator: 'or', condition })) };
}
