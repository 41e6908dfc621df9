import { bytesOfAddress, maskOfPrefix, wordsOfAddress } from './addresses.ts';
import type { Matter } from './expression.ts';
import { identifyPort, identifyProtocol, identifyRange } from './identify-number.ts';
import type { FilterToken } from './lexer.ts';
import { protocolsOfWords } from './names.ts';
import { addressProtocols, type Qualifiers } from './qualifiers.ts';
import type { TokenReader } from './token-reader.ts';

const anywhere = 0xff_ff_ff_ff;

/** Reads an identifier: an address, a network, a port, a protocol or a name, whatever its qualifiers say. @throws FilterError */
export function parseIdentifier(reader: TokenReader, qualifiers: Qualifiers): Matter {
  const token = reader.next();
  const { type } = token;
  if (type !== 'number' && type !== 'name' && type !== 'ipv4' && type !== 'ipv6' && type !== 'mac')
    throw noIdentifier(reader, token, qualifiers);
  switch (qualifiers.kind) {
    case 'port':
      return identifyPort(reader, token, qualifiers);
    case 'portrange':
      return identifyRange(reader, token, qualifiers);
    case 'proto':
      return identifyProtocol(reader, token, qualifiers);
    default:
      return identifyAddress(reader, token, qualifiers);
  }
}

function noIdentifier(reader: TokenReader, token: FilterToken, { kind = 'host' }: Qualifiers): Error {
  const examples = {
    host: 'host 10.0.0.1',
    net: 'net 10.0.0.0/8',
    port: 'port 80',
    portrange: 'portrange 8000-8080',
    proto: 'proto 6',
  };
  if (token.type === 'word' || token.type === 'refused')
    return reader.error(
      token,
      `${token.text} is a word of filters and no name; with a backslash before it, \\${token.text}, it is one`,
    );
  return reader.unexpected(token, `what to look for, such as ${examples[kind]}`);
}

function identifyAddress(reader: TokenReader, token: FilterToken, qualifiers: Qualifiers): Matter {
  const { protocol, kind, side } = qualifiers;
  if (token.type === 'mac') {
    if (protocol !== 'link' || kind === 'net')
      throw reader.error(token, `${token.text} is an address of the link; write ether host ${token.text}`);
    return { type: 'hardwareAddress', side, address: hardwareBytes(token.text) };
  }
  if (protocol === 'link')
    throw reader.error(token, `${token.text} is no address of the link, such as ether host 02:00:00:00:00:01`);
  const protocols = addressProtocols(protocol);
  if (protocols === undefined && protocol !== 'ip6') {
    const isAboveIp = protocol !== undefined && protocolsOfWords[protocol] !== undefined;
    throw reader.error(
      token,
      isAboveIp
        ? `${protocol} has no addresses; write ${protocol} and ${kind ?? 'host'} ${token.text}`
        : `addresses of ${protocol} are not supported; there are those of ip, ip6, arp, rarp and ether`,
    );
  }
  if (token.type === 'ipv6') return network6(reader, token, qualifiers);
  if (token.type === 'name') {
    if (kind === 'net') throw reader.error(token, `networks have no names here; write its address, such as net 10.0.0.0/8`);
    return {
      type: 'hostName',
      name: token.text,
      side,
      protocols: protocols ?? [],
      version6: protocol === undefined || protocol === 'ip6',
    };
  }
  if (protocols === undefined) throw reader.error(token, `${token.text} is no IPv6 address; leave ip6 out`);
  const { address, mask } = network4(reader, token, kind);
  return { type: 'network4', protocols, side, address, mask };
}

function network4(reader: TokenReader, token: FilterToken, kind: Qualifiers['kind']): { address: number; mask: number } {
  if (token.type === 'number') {
    // of a network the zeros behind may be left out: net 10
    let [address, mask] = [token.value, anywhere];
    while (kind === 'net' && address > 0 && address < 2 ** 24) [address, mask] = [(address << 8) >>> 0, (mask << 8) >>> 0];
    if (reader.sees('/') || reader.sees('mask'))
      throw reader.error(
        token,
        `write all of the address: ${bytesOfNumber(address).join('.')}${reader.sees('/') ? '/' : ' mask '}…`,
      );
    return { address, mask };
  }
  const { address, bits } = dotted(reader, token);
  let mask = maskOfPrefix(bits, 1)[0] ?? 0;
  if (reader.accept('/')) {
    const length = reader.next();
    if (length.type !== 'number' || length.value > 32) throw reader.error(length, 'a prefix of IPv4 has 0 to 32 bits');
    mask = maskOfPrefix(length.value, 1)[0] ?? 0;
  } else if (reader.accept('mask')) {
    const maskToken = reader.next();
    if (maskToken.type !== 'ipv4') throw reader.error(maskToken, 'behind mask belongs one such as 255.255.255.0');
    mask = dotted(reader, maskToken).address;
  } else return { address, mask };
  if (kind !== 'net') throw reader.error(token, 'this is a network; write net before it');
  const network = (address & mask) >>> 0;
  if (network !== address)
    throw reader.error(token, `it has bits behind its mask; the network is ${bytesOfNumber(network).join('.')}`);
  return { address, mask };
}

/** An address of which the end may be missing: `192.168` stands for 192.168.0.0/16. */
function dotted(reader: TokenReader, token: FilterToken): { readonly address: number; readonly bits: number } {
  const parts = token.text.split('.').map(Number);
  if (parts.some((part) => part > 255))
    throw reader.error(token, `${token.text} is no IPv4 address: its numbers go from 0 to 255`);
  const bytes = [...parts, 0, 0, 0].slice(0, 4);
  return { address: wordsOfAddress(bytes)[0] ?? 0, bits: parts.length * 8 };
}

function network6(reader: TokenReader, token: FilterToken, { protocol, side, kind }: Qualifiers): Matter {
  if (protocol !== undefined && protocol !== 'ip6')
    throw reader.error(token, `${token.text} is no address of ${protocol}; leave ${protocol} out`);
  let bits = 128;
  if (reader.accept('/')) {
    const length = reader.next();
    if (length.type !== 'number' || length.value > 128) throw reader.error(length, 'a prefix of IPv6 has 0 to 128 bits');
    bits = length.value;
    if (bits !== 128 && kind !== 'net') throw reader.error(token, 'this is a network; write net before it');
  }
  const address = wordsOfAddress(bytesOfAddress(token.text));
  const mask = maskOfPrefix(bits, 4);
  if (address.some((word, index) => (word & ~(mask[index] ?? 0)) !== 0))
    throw reader.error(token, `it has bits behind the first ${bits}; put zeros there`);
  return { type: 'network6', side, address, mask };
}

function hardwareBytes(text: string): readonly number[] {
  const isSplit = /^..?[:.-]..?[:.-]..?[:.-]/.test(text);
  const parts = isSplit ? text.split(/[:.-]/) : (text.replaceAll('.', '').match(/../g) ?? []);
  return parts.map((part) => Number.parseInt(part, 16));
}

function bytesOfNumber(value: number): readonly number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}
