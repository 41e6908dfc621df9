import type { DynamicLibrary } from 'node:ffi';
import type { BpfProgram } from '../../../../../sidecars/netprobe/capture/bpf/program.ts';

const definitions = {
  pcap_open_dead: { return: 'pointer', arguments: ['i32', 'i32'] },
  pcap_close: { return: 'void', arguments: ['pointer'] },
  pcap_compile: { return: 'i32', arguments: ['pointer', 'buffer', 'string', 'i32', 'u32'] },
  pcap_freecode: { return: 'void', arguments: ['buffer'] },
  pcap_geterr: { return: 'pointer', arguments: ['pointer'] },
  pcap_offline_filter: { return: 'i32', arguments: ['buffer', 'buffer', 'buffer'] },
  pcap_lib_version: { return: 'pointer', arguments: [] },
} as const;

/** Values of DLT_ where they are not the same as LINKTYPE_. */
const dltOfLinkType: Readonly<Record<number, number>> = { 101: 12 };

const unknownNetmask = 0xff_ff_ff_ff;

/** Filters of the library of tcpdump, as an oracle. */
export class Libpcap {
  readonly #ffi = process.getBuiltinModule('node:ffi');
  readonly #library: DynamicLibrary;
  readonly #functions;

  constructor() {
    const { lib, functions } = this.#ffi.dlopen('libpcap.so.0.8', definitions);
    this.#library = lib;
    this.#functions = functions;
  }

  /** Such as `libpcap version 1.10.3 (with TPACKET_V3)`. */
  get version(): string {
    return this.#ffi.toString(this.#functions.pcap_lib_version()) ?? '';
  }

  /** Compiles filters for frames of a link type, with the optimizer or without it. */
  compiler(linkType: number, optimizes = true): LibpcapCompiler {
    const handle = this.#functions.pcap_open_dead(dltOfLinkType[linkType] ?? linkType, 262_144);
    return {
      compile: (text) => {
        const fields = Buffer.alloc(16);
        if (this.#functions.pcap_compile(handle, fields, text, optimizes ? 1 : 0, unknownNetmask) !== 0)
          return { type: 'refused', why: this.#ffi.toString(this.#functions.pcap_geterr(handle)) ?? '' };
        return { type: 'compiled', filter: new LibpcapFilter(this.#ffi, this.#functions, fields) };
      },
      close: () => this.#functions.pcap_close(handle),
    };
  }

  close(): void {
    this.#library.close();
  }
}

export interface LibpcapCompiler {
  readonly compile: (
    text: string,
  ) => { readonly type: 'refused'; readonly why: string } | { readonly type: 'compiled'; readonly filter: LibpcapFilter };
  readonly close: () => void;
}

type Functions = ReturnType<typeof import('node:ffi').dlopen<typeof definitions>>['functions'];

/** A filter that libpcap compiled. */
export class LibpcapFilter {
  readonly #ffi: typeof import('node:ffi');
  readonly #functions: Functions;
  /** struct bpf_program */
  readonly #fields: Buffer;
  /** struct pcap_pkthdr */
  readonly #header = Buffer.alloc(24);

  constructor(ffi: typeof import('node:ffi'), functions: Functions, fields: Buffer) {
    this.#ffi = ffi;
    this.#functions = functions;
    this.#fields = fields;
  }

  /** Whether a packet passes, by the interpreter of libpcap. */
  accepts(bytes: Uint8Array, length = bytes.length): boolean {
    this.#header.writeUInt32LE(bytes.length, 16);
    this.#header.writeUInt32LE(length, 20);
    return this.#functions.pcap_offline_filter(this.#fields, this.#header, bytes) !== 0;
  }

  get program(): BpfProgram {
    const count = this.#fields.readUInt32LE(0);
    const bytes = this.#ffi.toBuffer(this.#fields.readBigUInt64LE(8), count * 8, true);
    return Array.from({ length: count }, (_, index) => ({
      code: bytes.readUInt16LE(index * 8),
      jt: bytes.readUInt8(index * 8 + 2),
      jf: bytes.readUInt8(index * 8 + 3),
      k: bytes.readUInt32LE(index * 8 + 4),
    }));
  }

  free(): void {
    this.#functions.pcap_freecode(this.#fields);
  }
}
