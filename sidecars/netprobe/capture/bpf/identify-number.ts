import { nearest } from '#shared/config/nearest.ts';
import type { Matter } from './expression.ts';
import type { FilterToken } from './lexer.ts';
import { etherTypes, ipProtocolNumbers, servicePorts, transportNumbers } from './names.ts';
import type { Qualifiers } from './qualifiers.ts';
import type { TokenReader } from './token-reader.ts';

/** What `port` means. @throws FilterError where it is none, or its name belongs to another transport */
export function identifyPort(reader: TokenReader, token: FilterToken, qualifiers: Qualifiers): Matter {
  const transports = transportsOf(reader, token, qualifiers);
  const { port, known } = portOf(reader, token, token.text);
  return { type: 'ports', transports: common(reader, token, transports, known), side: qualifiers.side, first: port, last: port };
}

/** What `portrange` means. @throws FilterError */
export function identifyRange(reader: TokenReader, token: FilterToken, qualifiers: Qualifiers): Matter {
  const transports = transportsOf(reader, token, qualifiers);
  const { side } = qualifiers;
  if (token.type === 'number') {
    const { port } = portOf(reader, token, token.text);
    return { type: 'ports', transports, side, first: port, last: port };
  }
  const [, firstText, lastText] = /^(\d+)-(\d+)$/.exec(token.text) ?? /^([^-]+)-(.+)$/.exec(token.text) ?? [];
  if (token.type !== 'name' || firstText === undefined || lastText === undefined)
    throw reader.error(token, `${token.text} is no range of ports, such as portrange 8000-8080`);
  const [one, other] = [portOf(reader, token, firstText), portOf(reader, token, lastText)];
  const known = String(one.known) === String(other.known) ? one.known : undefined;
  const [first, last] = [Math.min(one.port, other.port), Math.max(one.port, other.port)];
  return { type: 'ports', transports: common(reader, token, transports, known), side, first, last };
}

/** What `proto` means. @throws FilterError */
export function identifyProtocol(reader: TokenReader, token: FilterToken, { protocol, position }: Qualifiers): Matter {
  if (protocol === 'link') {
    const value = named(reader, token, etherTypes, 'protocol of the link');
    if (value > 0xff_ff) throw reader.error(token, `${token.text} is beyond 65535, which is the greatest EtherType`);
    return { type: 'ethertype', value };
  }
  if (protocol !== undefined && protocol !== 'ip' && protocol !== 'ip6')
    throw reader.error(
      { ...token, position },
      `${protocol} tells no protocol; there are proto, ip proto, ip6 proto and ether proto`,
    );
  const value = named(reader, token, ipProtocolNumbers, 'protocol of IP');
  if (value > 255) throw reader.error(token, `${token.text} is beyond 255, which is the greatest protocol of IP`);
  return { type: 'protocol', versions: protocol === undefined ? [4, 6] : [protocol === 'ip' ? 4 : 6], value };
}

function named(reader: TokenReader, token: FilterToken, names: ReadonlyMap<string, number>, kind: string): number {
  if (token.type === 'number') return token.value;
  const value = token.type === 'name' ? names.get(token.text) : undefined;
  if (value === undefined) throw reader.error(token, `${token.text} is no ${kind} that is known; give its number`);
  return value;
}

function transportsOf(reader: TokenReader, token: FilterToken, { protocol, position, kind }: Qualifiers): readonly number[] {
  if (protocol === undefined) return Object.values(transportNumbers);
  const transport = transportNumbers[protocol];
  if (transport !== undefined) return [transport];
  const right = `${protocol === 'link' ? '' : `${protocol} and `}${kind} ${token.text}`;
  throw reader.error({ ...token, position }, `${protocol === 'link' ? 'ether' : protocol} has no ports; write ${right}`);
}

/** @returns the port, and where it was given by a name the transports that it has it on */
function portOf(
  reader: TokenReader,
  token: FilterToken,
  text: string,
): { readonly port: number; readonly known: readonly number[] | undefined } {
  if (token.type === 'number' || /^\d+$/.test(text)) {
    const port = token.type === 'number' ? token.value : Number(text);
    if (port > 65_535) throw reader.error(token, `${text} is beyond 65535, which is the last port`);
    return { port, known: undefined };
  }
  const service = token.type === 'name' ? servicePorts.get(text) : undefined;
  if (service === undefined) {
    const meant = token.type === 'name' ? nearest(text, [...servicePorts.keys()]) : undefined;
    const isRange = /^\d+-\d+$/.test(text);
    throw reader.error(
      token,
      `${text} is no port that is known; ${isRange ? `write portrange ${text}` : `give its number${meant === undefined ? '' : `, or did you mean ${meant}?`}`}`,
    );
  }
  return { port: service.port, known: service.transports };
}

function common(
  reader: TokenReader,
  token: FilterToken,
  transports: readonly number[],
  known: readonly number[] | undefined,
): readonly number[] {
  // a name that several transports have says nothing of them, as with libpcap
  if (known === undefined || known.length > 1) return transports;
  const both = transports.filter((transport) => known.includes(transport));
  if (both.length > 0) return both;
  const words = Object.entries(transportNumbers).flatMap(([word, number]) => (known.includes(number) ? [word] : []));
  throw reader.error(token, `${token.text} is a port of ${words.join(' and ')}; give its number`);
}
