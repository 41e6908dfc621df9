import { NLM_F, type Received, request } from '#shared/linux/netlink/message.ts';
import { ipText } from './ip-text.ts';

// linux/rtnetlink.h: what all of its messages share.

/** Types of messages: each noun has NEW, DEL and GET. */
export const RTM = {
  NEWLINK: 16,
  DELLINK: 17,
  GETLINK: 18,
  NEWADDR: 20,
  DELADDR: 21,
  GETADDR: 22,
  NEWROUTE: 24,
  DELROUTE: 25,
  GETROUTE: 26,
  NEWNEIGH: 28,
  DELNEIGH: 29,
  GETNEIGH: 30,
} as const;

/** Groups of events, as bits. */
export const RTMGRP = {
  LINK: 1,
  NEIGH: 4,
  IPV4_IFADDR: 0x10,
  IPV4_ROUTE: 0x40,
  IPV6_IFADDR: 0x100,
  IPV6_ROUTE: 0x400,
} as const;

/** Families of addresses (linux/socket.h). */
export const AF = { UNSPEC: 0, INET: 2, INET6: 10 } as const;

/**
 * Asks for all of one kind, of every family.
 * @param type RTM.GET…
 * @param size that of the struct which the kind begins with; zeros leave nothing out
 */
export function dumpRequest(type: number, size: number): Uint8Array {
  return request(type, NLM_F.DUMP, new Uint8Array(size));
}

/** 4 or 6, as everywhere here; undefined for families that are neither, such as those of bridges. */
export function familyOf(family: number | undefined): 4 | 6 | undefined {
  if (family === AF.INET) return 4;
  return family === AF.INET6 ? 6 : undefined;
}

/** A number of 32 bits. One that is cut off is 0. */
export function word({ words }: Received, from: number, end: number): number {
  return from + 4 <= end ? (words[from >> 2] ?? 0) : 0;
}

/** A number of 64 bits, exact up to 2^53. One that is cut off is 0. */
export function long({ words }: Received, from: number, end: number): number {
  return from + 8 <= end ? (words[from >> 2] ?? 0) + (words[(from >> 2) + 1] ?? 0) * 2 ** 32 : 0;
}

/** A text that ends with a zero, or with its attribute. */
export function text({ bytes }: Received, from: number, end: number): string {
  const content = bytes.subarray(from, end);
  const zero = content.indexOf(0);
  return Buffer.from(zero < 0 ? content : content.subarray(0, zero)).toString();
}

/** An IP address; empty where its length is that of none. */
export function ip({ bytes }: Received, from: number, end: number): string {
  return ipText(bytes.subarray(from, end));
}

/** `02:42:ac:11:00:02`. */
export function mac({ bytes }: Received, from: number, end: number): string {
  return Array.from(bytes.subarray(from, end), (byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** The names of the bits that are set, in the order of the table. */
export function bits<N extends string>(value: number, names: readonly (readonly [number, N])[]): N[] {
  return names.flatMap(([bit, name]) => ((value & bit) === 0 ? [] : [name]));
}
