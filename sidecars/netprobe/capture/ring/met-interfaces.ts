import { type CapturedInterface, linkTypes } from '../frame.ts';
import { linkTypeOfHardware } from '../link-type.ts';

/** An interface that a packet was seen at. */
export interface MetInterface extends CapturedInterface {
  /** Its index in the kernel. */
  readonly index: number;
  /** How many packets of it were written. */
  packets: number;
}

/** Tells the name of an interface; undefined where there is none of that index. */
export type NameOf = (index: number) => string | undefined;

/** No interface has it. */
const nobody: MetInterface = { id: -1, name: '', linkType: linkTypes.ethernet, index: 0, packets: 0 };

/** The interfaces of a capture, each from when it was met first. Another one of the same name or the same index is another one. */
export class MetInterfaces {
  /** In the order in which they were met, which is that of their numbers. */
  readonly all: MetInterface[] = [];
  /** The one that was asked for last. */
  last = nobody;
  readonly #byIndex = new Map<number, MetInterface>();
  /** The indexes of those that were gone when it was looked last. */
  readonly #gone = new Set<number>();
  readonly #nameOf: NameOf;
  readonly #met: (place: MetInterface, seconds: number) => void;

  /** @param met is told of each that is met first, and gets it described before it is among {@link all}; what it throws is thrown on. */
  constructor(nameOf: NameOf, met: (place: MetInterface, seconds: number) => void) {
    this.#nameOf = nameOf;
    this.#met = met;
  }

  /**
   * The one of an index.
   * @param hardware the type of its hardware, one of ARPHRD_
   * @param seconds when it is, since 1970
   */
  of(index: number, hardware: number, seconds: number): MetInterface {
    this.last = this.#byIndex.get(index) ?? this.#meet(index, hardware, seconds);
    return this.last;
  }

  /**
   * Forgets those that have another name by now: whatever comes from such an index is met anew. One that is gone may have left packets, and is
   * forgotten once there is another one in its place.
   */
  forgetRenamed(): void {
    for (const [index, { name }] of this.#byIndex) {
      const present = this.#nameOf(index);
      if (present === undefined) this.#gone.add(index);
      else if (present !== name || this.#gone.has(index)) {
        this.#byIndex.delete(index);
        this.#gone.delete(index);
        if (this.last.index === index) this.last = nobody;
      }
    }
  }

  #meet(index: number, hardware: number, seconds: number): MetInterface {
    const place: MetInterface = {
      id: this.all.length,
      // one that is gone already has left its packets, and no name
      name: this.#nameOf(index) ?? `interface ${index}`,
      // the filter lets no others pass
      linkType: linkTypeOfHardware(hardware) ?? linkTypes.rawIp,
      index,
      packets: 0,
    };
    this.#met(place, seconds);
    this.#byIndex.set(index, place);
    this.all.push(place);
    return place;
  }
}
