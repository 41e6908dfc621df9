import type { Random } from '#harness/random.ts';
import { arp, type Content, type Extension, ethernet, icmp, icmp6, ip4, ip6, other, type Segment, tcp, udp } from '../frames.ts';

/** A valid frame of Ethernet: with or without tags, of either IP or ARP, with options, extension headers and fragments. */
export function randomFrame(random: Random): Buffer {
  const vlans = random.pick([[], [], [], [random.below(4095)], [random.below(4095), random.below(4095)]]);
  const content = random.weighted({ four: 10, six: 10, arp: 1 });
  return ethernet(
    { source: randomMac(random), destination: randomMac(random), vlans },
    content === 'four' ? randomIp4(random) : content === 'six' ? randomIp6(random) : randomArp(random),
  );
}

/** Bytes of any kind. */
export function randomBytes(random: Random, length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, () => random.below(256)));
}

/** An address of the kind that is met, and of any kind. */
export function randomIp4Address(random: Random): string {
  return random.pick([`10.0.0.${random.below(256)}`, Array.from({ length: 4 }, () => random.below(256)).join('.')]);
}

/** The 16 bytes of an address, with zeros in many of its groups. */
export function randomIp6Bytes(random: Random): Buffer {
  const bytes = Buffer.alloc(16);
  const zeros = random.next();
  for (let group = 0; group < 8; group += 1)
    if (random.next() > zeros) bytes.writeUInt16BE(random.pick([1, 0xffff, random.below(16), random.below(65_536)]), 2 * group);
  return bytes;
}

function randomIp6Address(random: Random): string {
  // groups in full: the builder takes them, and nobody has written them before
  const bytes = randomIp6Bytes(random);
  return Array.from({ length: 8 }, (_, group) => bytes.readUInt16BE(2 * group).toString(16)).join(':');
}

function randomMac(random: Random): string {
  return Array.from(randomBytes(random, 6), (byte) => byte.toString(16).padStart(2, '0')).join(':');
}

function randomArp(random: Random): Content {
  return arp({
    operation: random.pick([1, 2]),
    senderMac: randomMac(random),
    senderIp: randomIp4Address(random),
    targetMac: randomMac(random),
    targetIp: randomIp4Address(random),
  });
}

function randomIp4(random: Random): Content {
  const isFragment = random.below(8) === 0;
  return ip4(
    {
      source: randomIp4Address(random),
      destination: randomIp4Address(random),
      ttl: random.below(256),
      id: random.below(65_536),
      trafficClass: random.below(256),
      doNotFragment: !isFragment && random.below(2) === 0,
      moreFragments: isFragment && random.below(2) === 0,
      fragmentOffset: isFragment ? 8 * random.below(8000) : 0,
      options: random.pick([[], [], [], [1, 1, 1, 0], [7, 7, 4, 0, 0, 0, 0, 0], [148, 4, 0, 0]]),
    },
    randomSegment(random, 4),
  );
}

function randomIp6(random: Random): Content {
  const extensions = Array.from({ length: random.pick([0, 0, 0, 1, 2, 4]) }, () => randomExtension(random));
  return ip6(
    {
      source: randomIp6Address(random),
      destination: randomIp6Address(random),
      hopLimit: random.below(256),
      trafficClass: random.below(256),
      flowLabel: random.below(2 ** 20),
      // a fragment within a fragment is none that anybody sends
      extensions: extensions.filter(
        ({ protocol }, index) => protocol !== 44 || index === extensions.findIndex((each) => each.protocol === 44),
      ),
    },
    randomSegment(random, 6),
  );
}

function randomExtension(random: Random): Extension {
  const padded = (length: number) => [0, (length - 8) / 8, 1, length - 4, ...Array<number>(length - 4).fill(0)];
  const offset = random.pick([0, 0, 8 * random.below(8000)]);
  return random.pick<Extension>([
    { protocol: 0, bytes: padded(random.pick([8, 16])) },
    { protocol: 60, bytes: padded(random.pick([8, 24])) },
    { protocol: 43, bytes: [0, 2, 0, 0, 0, 0, 0, 0, ...randomBytes(random, 16)] },
    { protocol: 44, bytes: [0, 0, offset >> 8, (offset & 0xf8) | random.below(2), ...randomBytes(random, 4)] },
    { protocol: 51, bytes: [0, 4, 0, 0, ...randomBytes(random, 20)] },
  ]);
}

function randomSegment(random: Random, version: 4 | 6): Segment {
  // ports of nobody, so that no dissector takes the payload for its own
  const ports = { sourcePort: 61_000 + random.below(300), destinationPort: 61_400 + random.below(300) };
  const payload = randomBytes(random, random.below(40));
  switch (random.weighted({ tcp: 10, udp: 5, icmp: 3, other: 1 })) {
    case 'tcp':
      return tcp(
        {
          ...ports,
          sequence: random.below(2 ** 32),
          acknowledgement: random.below(2 ** 32),
          flags: random.below(512),
          window: random.below(65_536),
          urgent: random.below(65_536),
          options: randomOptions(random),
        },
        payload,
      );
    case 'udp':
      return udp(ports, payload);
    case 'icmp': {
      const rest = Buffer.concat([randomBytes(random, 4), payload]);
      return version === 4 ? icmp(random.pick([0, 8]), 0, rest) : icmp6(random.pick([128, 129]), 0, rest);
    }
    case 'other':
      return other(random.pick([132, 253, 254]), randomBytes(random, 32));
  }
}

function randomOptions(random: Random): number[] {
  const one = () =>
    random.pick<readonly number[]>([
      [1],
      [2, 4, random.below(256), random.below(256)],
      [3, 3, random.below(15)],
      [4, 2],
      [5, 10, ...randomBytes(random, 8)],
      [5, 18, ...randomBytes(random, 16)],
      [8, 10, ...randomBytes(random, 8)],
      [254, 6, ...randomBytes(random, 4)],
    ]);
  const options = Array.from({ length: random.below(4) }, one).flat();
  return options.length > 40 ? [] : options;
}
