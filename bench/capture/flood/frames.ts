/** How many bytes the headers of Ethernet, IPv4 and UDP have. */
const headers = 42;

/** 10.9.0.1, and 10.9.0.2. */
const [source, destination] = [0x0a090001, 0x0a090002] as const;
/** Whose they are; nobody has the address of the second link: no stack of the receiver's takes part in what is measured. */
const link = [0x02, 0, 0, 0, 9, 0x99, 0x02, 0, 0, 0, 9, 1, 0x08, 0x00] as const;

/**
 * A datagram of UDP in an Ethernet frame.
 * @param size of the whole frame, in bytes
 * @param port that it is sent from
 */
export function floodFrame(size: number, port: number): Uint8Array {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  bytes.set(link);
  view.setUint16(14, 0x4500);
  view.setUint16(16, size - 14);
  view.setUint16(20, 0x4000); // do not fragment
  view.setUint16(22, 0x4011); // TTL 64, UDP
  view.setUint32(26, source);
  view.setUint32(30, destination);
  view.setUint16(24, checksum(view, 14, 34));
  view.setUint16(34, port);
  view.setUint16(36, 9);
  view.setUint16(38, size - 34);
  for (let index = headers; index < size; index += 1) bytes[index] = index * 7;
  return bytes;
}

/** RFC 1071, of an even number of bytes. */
export function checksum(view: DataView, start: number, end: number): number {
  let sum = 0;
  for (let at = start; at < end; at += 2) sum += view.getUint16(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
