import { linkTypes } from '../frame.ts';
import { ethernetHardware, rawIpHardware } from '../link-type.ts';
import { filterDecision, programOf } from './compile-filter.ts';
import type { FilterExpression } from './expression.ts';
import { always, opposite } from './graph.ts';
import { type BpfProgram, besidePacket, outgoingPacket } from './program.ts';

/** What is taken of the packets that pass the filter. */
export interface KernelProgramOptions {
  /** How many bytes of each are kept. */
  readonly snapLength: number;
  readonly direction: 'in' | 'out' | 'inout';
}

/**
 * One program for a packet socket that hears one interface or all of them. What each packet begins with is told by the kernel beside it.
 * What goes out at lo is left out, as it comes in there right behind: so the kernel's own count has each packet once. Packets of an
 * interface that is neither Ethernet nor raw IP do not pass. What needs an Ethernet header is false of packets that have none.
 * @throws FilterError
 */
export function kernelProgram(
  expression: FilterExpression | undefined,
  { snapLength, direction }: KernelProgramOptions,
): BpfProgram {
  return programOf(expression, snapLength, (loads) => {
    const hardware = loads.at(besidePacket.hardware, 2);
    const filterOf = (linkType: number) => filterDecision(loads, expression, { linkType, live: true, impossible: 'false' });
    const isOutgoing = loads.equal(loads.at(besidePacket.packetType, 2), outgoingPacket);
    const isWanted = { in: opposite(isOutgoing), out: isOutgoing, inout: always }[direction];
    const [isEthernet, isRawIp] = [filterOf(linkTypes.ethernet), filterOf(linkTypes.rawIp)];
    return (accept, reject) => {
      // of lo and of others the same branches, but for the direction
      const ethernet = isEthernet(accept, reject);
      const loopback = direction === 'out' ? reject : isOutgoing(reject, ethernet);
      const rawIp = isWanted(isRawIp(accept, reject), reject);
      const other = loads.equal(hardware, ethernetHardware.loopback)(
        loopback,
        loads.oneOf(hardware, rawIpHardware)(rawIp, reject),
      );
      return loads.equal(hardware, ethernetHardware.ethernet)(isWanted(ethernet, reject), other);
    };
  });
}
