import { decodePacket } from '../decode/decode-packet.ts';
import type { Frame } from '../frame.ts';
import type { LineOptions } from './line-options.ts';
import { LineTimes, type TimeStyle } from './line-times.ts';
import { packetJson } from './packet-json.ts';
import { packetLine } from './packet-line.ts';
import { payloadMatcher } from './payload-match.ts';
import { RelativeSequences } from './relative-sequences.ts';

/** How packets are shown. */
export interface PacketViewOptions extends Omit<LineOptions, 'sequences' | 'times'> {
  /** How it is told when they were seen. */
  readonly time?: TimeStyle;
  /** The numbers of TCP as they are, and not counted from the beginning of a connection. */
  readonly absolute?: boolean;
  /** As JSON, an object on each line. */
  readonly json?: boolean;
  /** Only packets whose payload this regular expression fits. */
  readonly match?: string | undefined;
}

/** How many characters are gathered before they are written. */
const batchLength = 32_768;

/** Shows packets: a line for each, or more. */
export class PacketView {
  readonly #options: PacketViewOptions;
  readonly #how: LineOptions;
  readonly #matches: ReturnType<typeof payloadMatcher> | undefined;
  readonly #write: (text: string) => void;
  #text = '';

  /**
   * @param write takes whole lines, some thousand at once.
   * @throws Exit with 64 where the regular expression is none
   */
  constructor(options: PacketViewOptions, write: (text: string) => void) {
    this.#options = options;
    const times = new LineTimes(options.time ?? 'clock');
    this.#how = { ...options, times, ...(options.absolute !== true && { sequences: new RelativeSequences() }) };
    this.#matches = options.match === undefined ? undefined : payloadMatcher(options.match);
    this.#write = write;
  }

  /** Shows a packet, with the next {@link flush} at the latest. @returns whether it is shown: others do not match */
  frame(frame: Frame): boolean {
    const packet = decodePacket(frame);
    if (this.#matches?.(frame, packet) === false) return false;
    this.#text += `${this.#options.json === true ? packetJson(frame, packet) : packetLine(frame, packet, this.#how)}\n`;
    if (this.#text.length >= batchLength) this.flush();
    return true;
  }

  /** Writes what was gathered. To be called where no packet is there for now. */
  flush(): void {
    if (this.#text === '') return;
    const text = this.#text;
    this.#text = '';
    this.#write(text);
  }
}
