/** What went one way of a conversation. All of it only grows, but the rates. */
export class FlowWay {
  packets = 0;
  /** As they were on the wire. */
  bytes = 0;
  /** Segments of TCP that were sent again, and the bytes of payload in them that were. */
  retransmits = 0;
  retransmittedBytes = 0;
  /** Segments that were overtaken by later ones. */
  late = 0;
  /** How often the sender of this way said that it has no room for more. */
  zeroWindows = 0;
  /** A second, as {@link FlowWay.look} and {@link FlowWay.mean} find them. */
  packetRate = 0;
  byteRate = 0;
  #packetsBefore = 0;
  #bytesBefore = 0;

  /** Adds what another one counted, and what it did since the last look. */
  take(from: FlowWay): void {
    this.packets += from.packets;
    this.bytes += from.bytes;
    this.retransmits += from.retransmits;
    this.retransmittedBytes += from.retransmittedBytes;
    this.late += from.late;
    this.zeroWindows += from.zeroWindows;
    this.#packetsBefore += from.#packetsBefore;
    this.#bytesBefore += from.#bytesBefore;
  }

  /** Has rates of what was counted since the last time. @param seconds since then */
  look(seconds: number): void {
    this.packetRate = (this.packets - this.#packetsBefore) / seconds;
    this.byteRate = (this.bytes - this.#bytesBefore) / seconds;
    this.#packetsBefore = this.packets;
    this.#bytesBefore = this.bytes;
  }

  /** Has rates of all that was counted. @param seconds of how long that is */
  mean(seconds: number): void {
    this.packetRate = this.packets / seconds;
    this.byteRate = this.bytes / seconds;
  }
}
