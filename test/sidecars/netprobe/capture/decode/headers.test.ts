import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { seeded } from '#harness/random.ts';
import { decodePacket } from '../../../../../sidecars/netprobe/capture/decode/decode-packet.ts';
import type { Packet, TcpOption } from '../../../../../sidecars/netprobe/capture/decode/packet.ts';
import { frameOf } from '../frames.ts';
import { randomFrame } from './random-frames.ts';
import { tsharkFields } from './tshark.ts';

const fields = [
  'eth.src',
  'eth.dst',
  'ieee8021ad.id',
  'vlan.id',
  'arp.opcode',
  'arp.src.hw_mac',
  'arp.src.proto_ipv4',
  'arp.dst.hw_mac',
  'arp.dst.proto_ipv4',
  'ip.src',
  'ip.dst',
  'ip.proto',
  'ip.len',
  'ip.ttl',
  'ip.id',
  'ip.dsfield',
  'ip.flags.df',
  'ip.flags.mf',
  'ip.frag_offset',
  'ipv6.src',
  'ipv6.dst',
  'ipv6.plen',
  'ipv6.hlim',
  'ipv6.tclass',
  'ipv6.flow',
  'ipv6.fraghdr.ident',
  'ipv6.fraghdr.offset',
  'ipv6.fraghdr.more',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.seq_raw',
  'tcp.ack_raw',
  'tcp.flags',
  'tcp.window_size_value',
  'tcp.urgent_pointer',
  'tcp.len',
  'tcp.option_kind',
  'tcp.options.mss_val',
  'tcp.options.wscale.shift',
  'tcp.options.timestamp.tsval',
  'tcp.options.timestamp.tsecr',
  'tcp.options.sack_le',
  'tcp.options.sack_re',
  'udp.srcport',
  'udp.dstport',
  'udp.length',
  'icmp.type',
  'icmp.ident',
  'icmp.seq',
  'icmpv6.type',
  'icmpv6.echo.identifier',
  'icmpv6.echo.sequence_number',
] as const;

type Told = Record<(typeof fields)[number], string[]>;

const hex = (number: number, digits: number) => `0x${number.toString(16).padStart(digits, '0')}`;
const flag = (is: boolean) => (is ? '1' : '0');
const kinds = { eol: 0, nop: 1, mss: 2, wscale: 3, sackOK: 4, sack: 5, TS: 8 } as const;

/** The same packet in the fields of tshark. */
function fieldsOf({ link, network, transport }: Packet): Told {
  const told = Object.fromEntries(fields.map((field) => [field, [] as string[]])) as Told;
  const put = (values: Partial<Record<keyof Told, string | number | readonly (string | number)[]>>) => {
    for (const [field, value] of Object.entries(values)) told[field as keyof Told] = [value].flat().map(String);
  };
  const [outer, inner] = [link?.vlans.slice(0, -1) ?? [], link?.vlans.slice(-1) ?? []];
  put({ 'eth.src': link?.source ?? [], 'eth.dst': link?.destination ?? [], 'ieee8021ad.id': outer, 'vlan.id': inner });
  if (network?.type === 'arp')
    put({
      'arp.opcode': network.operation,
      'arp.src.hw_mac': network.senderMac,
      'arp.src.proto_ipv4': network.senderIp,
      'arp.dst.hw_mac': network.targetMac,
      'arp.dst.proto_ipv4': network.targetIp,
    });
  if (network?.type === 'ip4')
    put({
      'ip.src': network.source,
      'ip.dst': network.destination,
      'ip.proto': network.protocol,
      'ip.len': network.length,
      'ip.ttl': network.ttl,
      'ip.id': hex(network.id, 4),
      'ip.dsfield': hex(network.trafficClass, 2),
      'ip.flags.df': flag(network.doNotFragment),
      'ip.flags.mf': flag(network.moreFragments),
      'ip.frag_offset': network.fragmentOffset / 8,
    });
  if (network?.type === 'ip6') {
    put({
      'ipv6.src': network.source,
      'ipv6.dst': network.destination,
      'ipv6.plen': network.length,
      'ipv6.hlim': network.hopLimit,
      'ipv6.tclass': hex(network.trafficClass, 8),
      'ipv6.flow': hex(network.flowLabel, 6),
    });
    if (network.id !== undefined)
      put({
        'ipv6.fraghdr.ident': hex(network.id, 8),
        'ipv6.fraghdr.offset': network.fragmentOffset / 8,
        'ipv6.fraghdr.more': flag(network.moreFragments),
      });
  }
  if (transport?.type === 'tcp')
    put({
      'tcp.srcport': transport.sourcePort,
      'tcp.dstport': transport.destinationPort,
      'tcp.seq_raw': transport.sequence,
      'tcp.ack_raw': transport.acknowledgement,
      'tcp.flags': hex(transport.flags, 4),
      'tcp.window_size_value': transport.window,
      'tcp.urgent_pointer': transport.urgent,
      // tshark counts only what is whole
      'tcp.len': network !== undefined && 'moreFragments' in network && network.moreFragments ? [] : transport.payload,
      'tcp.option_kind': transport.options.map(kindOf),
      ...optionFields(transport.options),
    });
  if (transport?.type === 'udp')
    put({
      'udp.srcport': transport.sourcePort,
      'udp.dstport': transport.destinationPort,
      'udp.length': transport.payload + 8,
    });
  if (transport?.type === 'icmp')
    put({ 'icmp.type': transport.kind, 'icmp.ident': transport.id ?? [], 'icmp.seq': transport.sequence ?? [] });
  if (transport?.type === 'icmp6')
    put({
      'icmpv6.type': transport.kind,
      'icmpv6.echo.identifier': hex(transport.id ?? -1, 4),
      'icmpv6.echo.sequence_number': transport.sequence ?? [],
    });
  return told;
}

function kindOf({ name }: TcpOption): number {
  return name in kinds ? kinds[name as keyof typeof kinds] : Number(name.slice(4));
}

function optionFields(options: readonly TcpOption[]) {
  const of = <Name extends TcpOption['name']>(name: Name) =>
    options.filter((option): option is Extract<TcpOption, { name: Name }> => option.name === name);
  const blocks = of('sack').flatMap((option) => option.blocks);
  return {
    'tcp.options.mss_val': of('mss').map(({ value }) => value),
    'tcp.options.wscale.shift': of('wscale').map(({ value }) => value),
    'tcp.options.timestamp.tsval': of('TS').map(({ value }) => value),
    'tcp.options.timestamp.tsecr': of('TS').map(({ echo }) => echo),
    'tcp.options.sack_le': blocks.map(([left]) => left),
    'tcp.options.sack_re': blocks.map(([, right]) => right),
  };
}

test('headers of random frames are what tshark tells of them', needs('tshark'), (t) => {
  const random = seeded(t);
  const frames = Array.from({ length: 3000 }, () => randomFrame(random));
  const told = tsharkFields(t, frames, fields);
  for (const [index, frame] of frames.entries()) {
    const packet = decodePacket(frameOf(frame));
    assert.equal(packet.cut, undefined, frame.toString('hex'));
    assert.deepEqual(fieldsOf(packet), comparable(told[index]), frame.toString('hex'));
  }
});

/** What tshark tells, without options behind the end of their list. */
function comparable(told: Told | undefined): Told | undefined {
  if (told === undefined) return undefined;
  const kinds = told['tcp.option_kind'];
  return { ...told, 'tcp.option_kind': kinds.includes('0') ? kinds.slice(0, kinds.indexOf('0') + 1) : kinds };
}
