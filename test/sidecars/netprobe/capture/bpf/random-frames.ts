import type { Random } from '#harness/random.ts';
import { bytesOfAddress } from '../../../../../sidecars/netprobe/capture/bpf/addresses.ts';
import { addresses4, addresses6, hardwareAddresses, ports, vlanIds } from './random-filters.ts';

/** Random frames, most of them near to what filters look for. */
export class RandomFrames {
  readonly #random: Random;
  readonly #linkType: number;

  constructor(random: Random, linkType: number) {
    this.#random = random;
    this.#linkType = linkType;
  }

  next(): Buffer {
    const { below, pick } = this.#random;
    const [type, payload] = this.#payload();
    const noise = Buffer.from(Array.from({ length: 40 + below(60) }, () => below(256)));
    const bytes = Buffer.concat([payload, noise]);
    switch (this.#linkType) {
      case 1: {
        const hardware = () =>
          pick([...hardwareAddresses.map((text) => text.split(':').map((part) => Number.parseInt(part, 16))), this.#some(6)]);
        const tags = Array.from({ length: pick([0, 0, 0, 1, 2]) }, () => [
          ...pick([two(0x81_00), two(0x88_a8), two(0x91_00)]),
          ...two(below(16) * 4096 + pick(vlanIds)),
        ]);
        return Buffer.concat([Buffer.from([...hardware(), ...hardware(), ...tags.flat(), ...two(type)]), bytes]);
      }
      case 113:
        return Buffer.concat([
          Buffer.from([...two(below(6)), ...two(1), ...two(6), ...this.#some(8), ...two(pick([type, type, type, 4, 1]))]),
          bytes,
        ]);
      case 276:
        return Buffer.concat([Buffer.from([...two(type), 0, 0, 0, 0, 0, below(4), 0, 1, below(6), 6, ...this.#some(8)]), bytes]);
      default:
        return type === 0x08_00 || type === 0x86_dd ? bytes : Buffer.concat([Buffer.from([below(256)]), bytes]);
    }
  }

  #payload(): readonly [number, Buffer] {
    const { below, pick } = this.#random;
    const kind = below(10);
    if (kind < 5) return [0x08_00, this.#ip4()];
    if (kind < 8) return [0x86_dd, this.#ip6()];
    if (kind === 8) {
      const address = () => this.#address4();
      return [
        pick([0x08_06, 0x80_35]),
        Buffer.from([0, 1, 8, 0, 6, 4, 0, below(3), ...this.#some(6), ...address(), ...this.#some(6), ...address()]),
      ];
    }
    const llc = pick([
      [0xaa, 0xaa, 3, 0, 0, 0, ...two(pick([0x80_f3, 0x81_37]))],
      [0xaa, 0xaa, 3, 8, 0, 7, 0x80, 0x9b],
      [0x42, 0x42, 3],
      [0xfe, 0xfe],
      [0xf0, 0xf0],
      [6, 6],
      [0xe0, 0xe0],
      [0xff, 0xff],
    ]);
    return [pick([below(1501), 1500, 1501, 4, 0x88_cc, 0x88_47, 0x80_9b, 0x80_f3, 0x81_37, 0x60_03]), Buffer.from(llc)];
  }

  #ip4(): Buffer {
    const { below, pick } = this.#random;
    const words = 5 + (below(4) === 0 ? below(4) : 0);
    const fragment = below(6) === 0 ? below(65_536) : 0x40_00;
    const protocol = pick([6, 6, 17, 1, 132, 2, 50, 51, 47, below(256)]);
    const head = [0x40 + words, 0, ...two(40 + below(60)), ...two(below(65_536)), ...two(fragment), 64, protocol, ...two(0)];
    return Buffer.from([
      ...head,
      ...this.#address4(),
      ...this.#address4(),
      ...this.#some((words - 5) * 4),
      ...this.#transport(protocol),
    ]);
  }

  #ip6(): Buffer {
    const { below, pick } = this.#random;
    const protocol = pick([6, 6, 17, 58, 132, 44, 51, below(256)]);
    const behind = protocol === 44 ? [pick([6, 17, 58]), 0, ...two(below(16)), ...this.#some(4)] : this.#transport(protocol);
    return Buffer.from([0x60, 0, 0, 0, ...two(40), protocol, 64, ...this.#address6(), ...this.#address6(), ...behind]);
  }

  #transport(protocol: number): number[] {
    const { below, pick } = this.#random;
    if (protocol === 1 || protocol === 58) return [pick([0, 8, 3, 128, 129]), below(3), ...this.#some(6)];
    const port = () => two(pick([...ports, 85, 8040, below(65_536)]));
    const flags = pick([2, 18, 16, 1, 4, below(256)]);
    return [
      ...port(),
      ...port(),
      ...this.#some(8),
      0x50 + below(3) * 16,
      flags,
      ...this.#some(6),
      ...pick([[0x47, 0x45, 0x54, 0x20], this.#some(4)]),
    ];
  }

  #address4(): readonly number[] {
    const { pick, below } = this.#random;
    return below(8) === 0 ? [...bytesOfAddress(pick(addresses4)).slice(0, 3), below(256)] : bytesOfAddress(pick(addresses4));
  }

  #address6(): readonly number[] {
    const { pick, below } = this.#random;
    const bytes = bytesOfAddress(pick(addresses6));
    return below(8) === 0 ? bytes.with(below(16), below(256)) : bytes;
  }

  #some(length: number): number[] {
    return Array.from({ length }, () => this.#random.below(256));
  }
}

function two(value: number): [number, number] {
  return [(value >> 8) & 255, value & 255];
}
