import { longAt, shortAt } from '../big-endian.ts';
import type { Dns, DnsRecord } from '../packet.ts';
import { dnsName } from './names.ts';
import { recordData } from './record-data.ts';
import { dnsCode, dnsType, isNamedType, optType } from './words.ts';

/** How much has to be right for bytes to be a message. */
export type Strictness =
  /** A port says that it is one: what is captured of the questions has to be right. */
  | 'likely'
  /** Nothing says so: it is a plain question or its answer, right to its last byte. */
  | 'exact';

const mostRecords = 256;
const flagBits = { aa: 0x400, tc: 0x200, rd: 0x100, ra: 0x80, ad: 0x20, cd: 0x10 } as const;
const flagNames = Object.keys(flagBits) as (keyof typeof flagBits)[];

/** Takes a message of DNS apart (RFC 1035). @returns undefined where it is none */
export function dnsMessage(bytes: Uint8Array, start: number, end: number, strictness: Strictness): Dns | undefined {
  if (end - start < 12) return undefined;
  const bits = shortAt(bytes, start + 2);
  const opcode = (bits >> 11) & 15;
  // the bit that is reserved, and what operations there are (RFC 8490 has the last one)
  if ((bits & 0x40) !== 0 || opcode > 6 || opcode === 3) return undefined;
  const counts = {
    questions: shortAt(bytes, start + 4),
    answers: shortAt(bytes, start + 6),
    authorities: shortAt(bytes, start + 8),
    additionals: shortAt(bytes, start + 10),
  };
  if (strictness === 'exact' && !isPlain(bits, opcode, counts)) return undefined;
  const reading = new Reading(bytes, start, end);
  const questions = reading.questions(counts.questions, strictness);
  if (questions === undefined) return undefined;
  const answers = reading.records(counts.answers);
  const authorities = reading.records(counts.authorities);
  const additionals = reading.records(counts.additionals);
  if (strictness === 'exact' && (!reading.isWhole || reading.at !== end)) return undefined;
  const found = answers.length + authorities.length + additionals.length + (reading.edns === undefined ? 0 : 1);
  // without a question it is told by its records, or by being a header alone, which tells of an error
  if (questions.length === 0 && found === 0 && (counts.questions > 0 || end - start !== 12)) return undefined;
  return {
    type: 'dns',
    id: shortAt(bytes, start),
    isResponse: (bits & 0x8000) !== 0,
    opcode,
    code: dnsCode((reading.codeAbove << 4) | (bits & 15)),
    flags: flagNames.filter((flag) => (bits & flagBits[flag]) !== 0),
    questions,
    answers,
    authorities,
    additionals,
    edns: reading.edns,
    counts,
  };
}

/** Whether a header is one of a question as resolvers ask it, or of its answer. */
function isPlain(bits: number, opcode: number, { questions, answers, authorities, additionals }: Dns['counts']): boolean {
  const isAnswer = (bits & 0x8000) !== 0;
  return opcode === 0 && questions === 1 && (isAnswer || (answers === 0 && authorities === 0 && additionals <= 2));
}

/** A message that is read from its header on. */
class Reading {
  at: number;
  /** Whether all that was asked for was there. */
  isWhole = true;
  edns: Dns['edns'];
  /** The upper bits of the code, which EDNS has. */
  codeAbove = 0;
  #records = 0;
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.at = start + 12;
  }

  /** Those that were captured; undefined where there is something else. */
  questions(count: number, strictness: Strictness): Dns['questions'] | undefined {
    const questions: { name: string; type: string }[] = [];
    for (let index = 0; index < count && index < mostRecords; index += 1) {
      const name = dnsName(this.#bytes, this.#start, this.at, this.#end);
      if (name === undefined || name.end + 4 > this.#end) return undefined;
      const type = shortAt(this.#bytes, name.end);
      if (!isClass(shortAt(this.#bytes, name.end + 2)) || (strictness === 'exact' && !isNamedType(type))) return undefined;
      questions.push({ name: name.text, type: dnsType(type) });
      this.at = name.end + 4;
    }
    return questions;
  }

  /** Those of a section that were captured. */
  records(count: number): DnsRecord[] {
    const records: DnsRecord[] = [];
    for (let index = 0; index < count && this.isWhole; index += 1) {
      const name = this.#records < mostRecords ? dnsName(this.#bytes, this.#start, this.at, this.#end) : undefined;
      const data = (name?.end ?? 0) + 10;
      const dataEnd = name === undefined || data > this.#end ? undefined : data + shortAt(this.#bytes, data - 2);
      if (name === undefined || dataEnd === undefined || dataEnd > this.#end) {
        this.isWhole = false;
        break;
      }
      this.#records += 1;
      const type = shortAt(this.#bytes, name.end);
      const ttl = longAt(this.#bytes, name.end + 4);
      if (type === optType) this.#option(shortAt(this.#bytes, name.end + 2), ttl);
      else {
        const text = recordData(this.#bytes, type, data, dataEnd, [this.#start, this.#end]);
        records.push({ name: name.text, type: dnsType(type), ttl, data: text });
      }
      this.at = dataEnd;
    }
    return records;
  }

  /** RFC 6891, section 6.1.3: the class is a size, and the time to live has a code, a version and flags. */
  #option(size: number, ttl: number): void {
    this.edns = { size, dnssec: (ttl & 0x8000) !== 0 };
    this.codeAbove = ttl >>> 24;
  }
}

/** IN, CHAOS, HESIOD, NONE and ANY; the highest bit is one of mDNS (RFC 6762, section 18). */
function isClass(number: number): boolean {
  const value = number & 0x7fff;
  return value === 1 || value === 3 || value === 4 || value === 254 || value === 255;
}
