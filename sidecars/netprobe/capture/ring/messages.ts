import type { ClosedFile, FilesPlan } from '../files/plan.ts';
import type { Privacy } from '../privacy.ts';
import type { RecorderPlan } from '../recorder/plan.ts';

/** Where packets go. */
export type CaptureTarget =
  /** Standard output, as one pcapng stream. */
  | { readonly type: 'stdout' }
  /** The main thread, which shows them. */
  | { readonly type: 'view' }
  /** Files; `view` tells whether the main thread gets them too. */
  | { readonly type: 'files'; readonly plan: FilesPlan; readonly view: boolean }
  /** Memory of the last seconds, saved when something happens. */
  | { readonly type: 'recorder'; readonly plan: RecorderPlan };

/** What is captured, and how. */
export interface CapturePlan {
  /** The one interface that is heard; undefined for all. */
  readonly interface: string | undefined;
  /** Instructions for the kernel (struct sock_filter of linux/filter.h), which also leave out what is seen twice. */
  readonly program: Uint8Array;
  /** The filter as a person wrote it, for the file; empty where there is none. */
  readonly filter: string;
  /** How much of a frame is kept, in bytes. */
  readonly snapLength: number;
  /** How many packets, and then it ends; undefined for no end. */
  readonly count: number | undefined;
  /** Memory of the ring that the kernel fills, in bytes. */
  readonly ringSize: number;
  readonly privacy: Privacy;
  /** Lines that a person gave for the beginning of each file. */
  readonly comments: readonly string[];
  readonly target: CaptureTarget;
}

/** What the thread is started with. */
export interface CaptureStart {
  readonly plan: CapturePlan;
  /** An eventfd; something written to it has the thread look at its messages ({@link Order}). */
  readonly wake: number;
}

/** What the main thread tells the one that captures. */
export type Order =
  /** Take no more, drain what the kernel has, and end. */
  | { readonly type: 'stop' }
  /** Of a recorder: keep what is there, and what comes for a moment more. */
  | { readonly type: 'save'; readonly reason: string }
  /** Of a view: so many messages of blocks are done, see {@link Told}. */
  | { readonly type: 'shown'; readonly count: number };

/** What was captured until now. */
export interface CaptureStatistics {
  /** Packets that passed the filter, by the kernel's count: what was written, what was dropped, and what is in the ring. */
  readonly received: number;
  /** Those of them that the kernel dropped, as there was no room in the ring. */
  readonly dropped: number;
  /** Packets that went on to the target. */
  readonly captured: number;
  /** Those of them that a full disk had no room for, or that who reads them did not take. */
  readonly unwritten: number;
  /** Bytes of pcapng that the target took; what is compressed counts as it was before. */
  readonly bytes: number;
}

/** What the thread tells the main one. */
export type Told =
  /** It captures from now on: nothing that comes is missed. */
  | { readonly type: 'capturing' }
  /** Blocks for the view; a section header stands at the beginning of the first. Only some messages may be on their way at a time. */
  | { readonly type: 'blocks'; readonly blocks: ArrayBuffer; readonly packets: number }
  /** About once a second. */
  | { readonly type: 'statistics'; readonly statistics: CaptureStatistics }
  /** A file is whole. */
  | { readonly type: 'closed'; readonly file: ClosedFile }
  /** Something that a person should know. */
  | { readonly type: 'warning'; readonly message: string }
  /** It is over. */
  | { readonly type: 'ended'; readonly why: CaptureEnd; readonly statistics: CaptureStatistics };

/** Why a capture ended. */
export type CaptureEnd =
  /** It was told to, or has as many packets as it was asked for, or who reads its output is gone. */
  | { readonly type: 'done' }
  /** Nothing more can be written; the words say what, and what to do. */
  | { readonly type: 'full'; readonly words: string }
  /**
   * It cannot go on, or could not begin. The words say what, where and what to do; `isDenied` that the kernel lets us capture nothing; and the process
   * ends with this exit code.
   */
  | { readonly type: 'failed'; readonly words: string; readonly isDenied: boolean; readonly exitCode: number };
