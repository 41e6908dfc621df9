import type { ByteSink } from '../../bytes.ts';
import { DatabaseError } from '../failure.ts';
import { Program } from '../program.ts';
import type { TableRow } from './catalogue.ts';
import { argumentsOf, environmentOf } from './connection.ts';
import { DumpOutput, hasBegun } from './dump-output.ts';
import { failureOfEnd } from './failure.ts';
import { type Position, positionIn } from './position.ts';
import type { Reach } from './session.ts';

/** What is dumped. */
export interface DumpOptions extends Reach {
  readonly database: string;
  /** As messages name it. */
  readonly source: string;
  readonly tables: readonly TableRow[];
  /** Whether the dump is to say where the log of changes stood. */
  readonly withPosition: boolean;
  readonly signal: AbortSignal;
}

/** A dump program that runs, and has begun its transaction. What it writes waits in a pipe until it is carried on. */
export class Dump {
  /** Where the log of changes stood in its snapshot, where it was to say so. */
  readonly position: Pick<Position, 'file' | 'position'> | undefined;
  readonly output: DumpOutput;
  readonly #options: DumpOptions;
  readonly #program: Program;
  readonly #head: readonly Uint8Array[];
  readonly #rest: AsyncIterator<Uint8Array>;

  private constructor(options: DumpOptions, program: Program, head: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>) {
    this.#options = options;
    this.#program = program;
    this.#head = head;
    this.#rest = rest;
    this.output = new DumpOutput(options.tables);
    this.position = positionIn(Buffer.concat(head).toString('utf8'));
  }

  /** Starts it, and resolves once its transaction has begun, as what it writes tells. @throws DatabaseError; the signal's reason. */
  static async begin(options: DumpOptions): Promise<Dump> {
    const { connection, tools, signal } = options;
    const program = new Program(tools.dump, argumentsFor(options), { env: environmentOf(connection), signal });
    program.stdin.end();
    const rest: AsyncIterator<Uint8Array> = program.stdout[Symbol.asyncIterator]();
    const head: Uint8Array[] = [];
    for (;;) {
      const { done, value } = await rest.next();
      if (done === true) {
        const end = await program.ended;
        signal.throwIfAborted();
        const failure = failureOfEnd(`${tools.name} of ${options.source}`, end);
        if (failure !== undefined) throw failure;
        break;
      }
      head.push(value);
      if (hasBegun(Buffer.concat(head).toString('latin1'))) break;
    }
    return new Dump(options, program, head, rest);
  }

  /**
   * Carries on what it writes. It ends nothing: the bytes are worth something only once this has resolved.
   * @returns what the program complained of, though it ended well. @throws DatabaseError; whatever the sink fails with; the signal's reason.
   */
  async carry(sink: ByteSink, signal: AbortSignal): Promise<string[]> {
    const { source, tools } = this.#options;
    const stop = () => this.#program.stop();
    signal.addEventListener('abort', stop);
    try {
      for (const chunk of this.#head) await this.#pass(chunk, sink);
      for (let next = await this.#rest.next(); next.done !== true; next = await this.#rest.next())
        await this.#pass(next.value, sink);
    } catch (error) {
      this.#program.stop();
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', stop);
    }
    const end = await this.#program.ended;
    signal.throwIfAborted();
    const failure = failureOfEnd(`${tools.name} of ${source}`, end);
    if (failure !== undefined) throw new DatabaseError(failure.failure, `${failure.message}; nothing of it is kept`);
    if (!this.output.whole)
      throw new DatabaseError(
        'other',
        `${tools.name} of ${source} ended without an error, and its last line is missing; nothing of it is kept`,
      );
    return end.said === '' ? [] : end.said.split('\n').map((line) => `${source}: ${line}`);
  }

  /** Ends it, whatever it does. Never throws. */
  async stop(): Promise<void> {
    this.#program.stop();
    this.#program.stdout.destroy();
    await this.#program.ended.catch(() => {});
  }

  async #pass(chunk: Uint8Array, sink: ByteSink): Promise<void> {
    this.output.see(chunk);
    await sink.write(chunk);
  }
}

/**
 * https://mariadb.com/docs/server/clients-and-utilities/backup-restore-and-import-clients/mariadb-dump
 * There is no statement in it that drops or uses anything by name: a restore goes where it is connected to, and fails where something is.
 */
function argumentsFor({ connection, tools, database, withPosition }: DumpOptions): string[] {
  return [
    ...argumentsOf(connection, tools.vendor),
    '--single-transaction',
    '--quick',
    '--routines',
    '--events',
    '--triggers',
    '--hex-blob',
    '--no-tablespaces',
    '--skip-add-drop-table',
    '--skip-dump-date',
    // under a lock of one table none can take its defaults from a sequence
    '--skip-add-locks',
    '--max-allowed-packet=1G',
    ...(withPosition ? ['--master-data=2'] : []),
    ...(tools.vendor === 'mysql' ? ['--set-gtid-purged=OFF', '--column-statistics=0'] : []),
    // it may look like an option
    '--',
    database,
  ];
}
