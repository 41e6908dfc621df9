import { dirname } from 'node:path';
import { synchroniseFolder } from '#shared/durable.ts';
import { messageOf } from '#shared/exit.ts';
import { RecordFile } from '../sinks/record-file.ts';
import type { Rejection } from '../sinks/sink.ts';

/**
 * The file of what destinations will never take: one line of JSON for each record, `{"time","destination","reason","record"}`, where `record` is the record as it
 * was sent, as JSON where it is JSON and as a text where it is not. It belongs to one sidecar alone, is read by its owner alone, and grows until a person takes it
 * away; it is opened for each addition, so that it may be renamed or deleted at any time.
 */
export class DeadLetters {
  readonly path: string;
  /** The last addition; they follow each other. */
  #turn: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.path = path;
  }

  /** Adds records, and resolves when they are on the disk. @throws Error where they cannot be written; then none of them is in the file. */
  add(destination: string, refused: readonly Rejection[]): Promise<void> {
    const time = new Date().toISOString();
    const lines = Buffer.concat(refused.map((rejection) => letterOf(time, destination, rejection)));
    const turn = this.#turn.then(() => this.#append(lines));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #append(lines: Buffer): Promise<void> {
    try {
      const file = await RecordFile.open(this.path, 0o600);
      try {
        await file.append(lines);
      } finally {
        await file.close();
      }
      await synchroniseFolder(dirname(this.path));
    } catch (error) {
      throw new Error(
        `dead letters cannot be written to ${this.path}: ${messageOf(error)}; let LOGS_DEAD_LETTER name a file that this user may write`,
        { cause: error },
      );
    }
  }
}

function letterOf(time: string, destination: string, { reason, record }: Rejection): Buffer {
  const text = Buffer.from(record.buffer, record.byteOffset, record.byteLength).toString();
  // a JSON text is copied and not made anew: numbers keep all their digits
  const json = isJson(text) && !text.includes('\n') ? text : JSON.stringify(text);
  return Buffer.from(`${JSON.stringify({ time, destination, reason }).slice(0, -1)},"record":${json}}\n`);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
