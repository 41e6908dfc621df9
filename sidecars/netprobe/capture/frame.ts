/** What frames begin with: LINKTYPE_ values of pcap-linktype(7). The last two are met in files alone: others write them for `-i any`. */
export const linkTypes = { ethernet: 1, rawIp: 101, linuxCooked: 113, linuxCooked2: 276 } as const;

/** An interface that frames were seen at. */
export interface CapturedInterface {
  /** Its place among the interfaces of a capture, from 0: the interface ID of pcapng. */
  readonly id: number;
  /** Empty where a file does not tell. */
  readonly name: string;
  /** One of LINKTYPE_; not only {@link linkTypes}: a file may hold what nobody here takes apart. */
  readonly linkType: number;
}

/** Which way a frame went, seen from the namespace. */
export type Direction = 'in' | 'out';

/** A frame, and when it was seen. Readers reuse one object and its memory: it holds until the next one. */
export interface Frame {
  /** Where its captured bytes are: from `start` to `end`, which is behind the last one. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** How long it was on the wire, in bytes. */
  readonly length: number;
  /** When, since 1970: whole seconds, and nanoseconds beside them. */
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly interface: CapturedInterface;
  /** Undefined where a file does not tell. */
  readonly direction: Direction | undefined;
  /** All that pcapng tells of its way (epb_flags); 0 or undefined where a file does not. */
  readonly flags?: number;
}
