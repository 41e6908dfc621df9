import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { SecureContext, SecureContextOptions } from 'node:tls';
import { codeOf, messageOf } from '#shared/exit.ts';
import { type CredentialFiles, type Credentials, pathsOf, readCredentials } from './credentials.ts';

/** Hears what became of files that changed, and of certificates that expired. */
export type Report = (level: 'info' | 'warn' | 'error', message: string) => void;

/** How {@link TlsContexts} look after their files. */
export interface TlsContextsOptions {
  readonly report: Report;
  /** Ends the looking. */
  readonly signal: AbortSignal;
  /** ms between two looks; 1000 where not given. */
  readonly interval?: number;
}

/** A file whose content is younger when it is read, in ms, may be changed again without a change of its times (they are counted in ticks of up to 10 ms). */
const unsettled = 100;

/** All files that TLS is made of, which are read again when they change. One timer looks at all of them. */
export class TlsContexts {
  readonly #report: Report;
  readonly #open = new Set<TlsContext>();
  /** What was warned of: files are opened more than once, and that one certificate in them expired is one thing. */
  readonly #warned = new Set<string>();
  #looking: Promise<void> = Promise.resolve();
  #isLooking = false;

  constructor({ report, signal, interval = 1000 }: TlsContextsOptions) {
    this.#report = report;
    if (signal.aborted) return;
    const timer = setInterval(() => {
      // A file system that hangs must not gather looks.
      if (!this.#isLooking) void this.#look(true);
    }, interval).unref();
    signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  }

  /**
   * Reads files, and looks after them until {@link TlsContext.close}. An expired certificate is only reported.
   * @throws Error saying which file is wrong, and how.
   */
  async open(files: CredentialFiles): Promise<TlsContext> {
    const context = await TlsContext.read(files, this.#reportOnce, () => this.#open.delete(context));
    this.#open.add(context);
    return context;
  }

  /** Reads at once what changed. Files that are wrong are reported, and what was read of them before stays in use. */
  reload(): Promise<void> {
    return this.#look(false);
  }

  [Symbol.iterator](): Iterator<TlsContext> {
    return this.#open.values();
  }

  readonly #reportOnce: Report = (level, message) => {
    if (level === 'warn' && this.#warned.has(message)) return;
    if (level === 'warn') this.#warned.add(message);
    else this.#warned.clear();
    this.#report(level, message);
  };

  #look(patient: boolean): Promise<void> {
    const all = async () => {
      this.#isLooking = true;
      try {
        await Promise.all(Array.from(this.#open, (context) => context.refresh(patient)));
      } finally {
        this.#isLooking = false;
      }
    };
    // One look after the other, also after one that failed, which its own caller heard of.
    this.#looking = this.#looking.then(all, all);
    return this.#looking;
  }
}

/** What is in use of some files. */
export class TlsContext {
  readonly files: CredentialFiles;
  readonly #report: Report;
  readonly #closed: () => void;
  #current: Credentials;
  #ticketKeys: Buffer;
  #seen: Look;
  /** The content of the files that is in use. */
  #inUse: Look['content'];
  /** The identity of files that were wrong at the last look, which is not told yet. */
  #suspect: string | undefined;
  /** The identity of files of which it was told that they are wrong. */
  #told: string | undefined;
  #toldExpired = false;
  #version = 1;
  #problem: string | undefined;

  private constructor(files: CredentialFiles, report: Report, closed: () => void, seen: Look, ticketKeys: Buffer) {
    this.files = files;
    this.#report = report;
    this.#closed = closed;
    this.#ticketKeys = ticketKeys;
    this.#seen = seen;
    this.#inUse = seen.content;
    this.#current = readCredentials(files, contentOf(seen.content), ticketKeys);
  }

  /** Used by {@link TlsContexts.open}. */
  static async read(files: CredentialFiles, report: Report, closed: () => void): Promise<TlsContext> {
    const context = new TlsContext(files, report, closed, await look(pathsOf(files), true), randomBytes(48));
    context.#tellExpiry();
    return context;
  }

  /** The context for a handshake that begins now. */
  get secure(): SecureContext {
    return this.#current.context;
  }

  /** What {@link secure} was made of. */
  get options(): SecureContextOptions {
    return this.#current.options;
  }

  /** Grows whenever {@link secure} becomes another one. */
  get version(): number {
    return this.#version;
  }

  /** When the certificate expires, in ms since 1970; undefined where there is none. */
  get notAfter(): number | undefined {
    return this.#current.notAfter;
  }

  /** Why the files as they are now are not in use; undefined where they are. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Looks after the files no more. */
  close(): void {
    this.#closed();
  }

  /**
   * Reads the files again where they changed.
   * @param patient tells of wrong files only when they are the same at the next look: those that are being replaced do not fit for a moment.
   */
  async refresh(patient: boolean): Promise<void> {
    this.#tellExpiry();
    const paths = pathsOf(this.files);
    const { identity } = await look(paths, false);
    if (identity === this.#seen.identity && !this.#seen.isFresh && this.#suspect === undefined) return;
    this.#seen = await look(paths, true);
    const isInUse = paths.every((path) => this.#seen.content.get(path) === this.#inUse.get(path));
    if (isInUse) this.#settle();
    else this.#take(this.#seen, patient);
  }

  #take({ identity, content }: Look, patient: boolean): void {
    try {
      const next = readCredentials(this.files, contentOf(content), this.#ticketKeys);
      if (next.ca === this.#current.ca) this.#current = next;
      else {
        // A resumed session is not verified again: where others are trusted now, everybody has to prove it anew.
        this.#ticketKeys = randomBytes(48);
        this.#current = readCredentials(this.files, contentOf(content), this.#ticketKeys);
      }
    } catch (error) {
      const isNews = identity !== this.#told;
      const isTooEarly = isNews && patient && identity !== this.#suspect;
      this.#suspect = isTooEarly ? identity : undefined;
      if (!isNews || isTooEarly) return;
      this.#told = identity;
      this.#problem = messageOf(error);
      this.#report('error', `${this.#problem}; what was read before stays in use`);
      return;
    }
    this.#settle();
    this.#inUse = content;
    this.#version += 1;
    this.#toldExpired = false;
    const until = this.notAfter === undefined ? '' : `; the certificate is valid until ${new Date(this.notAfter).toISOString()}`;
    this.#report('info', `${pathsOf(this.files).join(', ')} changed and will be used from now on${until}`);
    this.#tellExpiry();
  }

  #settle(): void {
    this.#suspect = undefined;
    this.#told = undefined;
    this.#problem = undefined;
  }

  #tellExpiry(): void {
    if (this.#toldExpired || this.notAfter === undefined || this.notAfter > Date.now()) return;
    this.#toldExpired = true;
    const since = new Date(this.notAfter).toISOString();
    this.#report('warn', `the certificate in ${this.files.cert} expired at ${since}, and will be refused; replace the file`);
  }
}

/** How files were found at one moment. */
interface Look {
  /** Changes whenever one of the files does; also when a link in one of the paths leads elsewhere, as Kubernetes swaps its volumes. */
  readonly identity: string;
  /** Whether one of them could change once more without a change of its identity. */
  readonly isFresh: boolean;
  /** By path, where it was asked for; an Error for what could not be read. */
  readonly content: ReadonlyMap<string, string | Error>;
}

async function look(paths: readonly string[], read: boolean): Promise<Look> {
  const found = await Promise.all(
    paths.map(async (path) => {
      try {
        // The identity first: a change while it is read is then found by the next look.
        const { dev, ino, size, mtimeNs, ctimeNs, mtimeMs } = await stat(path, { bigint: true });
        const isFresh = Date.now() - Number(mtimeMs) < unsettled;
        return {
          path,
          identity: [dev, ino, size, mtimeNs, ctimeNs].join(' '),
          isFresh,
          content: read ? await readFile(path, 'utf8') : '',
        };
      } catch (error) {
        return { path, identity: codeOf(error) ?? messageOf(error), isFresh: false, content: unreadable(path, error) };
      }
    }),
  );
  return {
    identity: found.map(({ identity }) => identity).join('\n'),
    isFresh: found.some(({ isFresh }) => isFresh),
    content: new Map(found.map(({ path, content }) => [path, content])),
  };
}

function unreadable(path: string, error: unknown): Error {
  const code = codeOf(error) ?? messageOf(error);
  const next =
    { EACCES: `let uid ${process.getuid?.()} read it`, EISDIR: 'name the file in it' }[code] ??
    'check the path, and what is mounted';
  return new Error(`${path} cannot be read: ${code}; ${next}`, { cause: error });
}

function contentOf(content: Look['content']): (path: string) => string {
  return (path) => {
    const text = content.get(path);
    if (typeof text === 'string') return text;
    throw text ?? new Error(`${path} was not read`);
  };
}
