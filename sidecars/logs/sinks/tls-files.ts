import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import { Exit, exitCode, messageOf } from '#shared/exit.ts';
import type { Destination } from '../destinations/destination.ts';

/** The files that a sink with TLS is told of. */
export type TlsPaths = Pick<Destination, 'ca' | 'cert' | 'key'>;

/** Milliseconds between two looks at the files. */
const between = 1000;

/**
 * The certificate authorities to trust, and the certificate of our own with its key, as their files say now. New connections take what is new; files that
 * cannot be used, such as a certificate whose key is not there yet, change nothing until they can.
 */
export class TlsFiles {
  readonly #paths: TlsPaths;
  #context: SecureContext;
  /** What the files looked like when they were last read. */
  #seen: string;
  #lookedAt = performance.now();
  #trouble: string | undefined;

  /** Reads them. @throws Exit where one cannot be read, or cannot be used. */
  constructor(paths: TlsPaths) {
    this.#paths = paths;
    this.#seen = looksOf(paths);
    this.#context = contextOf(paths);
  }

  /** What is wrong with files that changed, while what was read before stays in use. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** What connections are made with. */
  get context(): SecureContext {
    return this.#context;
  }

  /** Looks whether the files changed, at most once a second. @returns true where {@link context} is a new one. */
  changed(now = performance.now()): boolean {
    if (now - this.#lookedAt < between) return false;
    this.#lookedAt = now;
    const seen = looksOf(this.#paths);
    if (seen === this.#seen) return false;
    this.#seen = seen;
    try {
      this.#context = contextOf(this.#paths);
      this.#trouble = undefined;
      return true;
    } catch (error) {
      this.#trouble = `${messageOf(error)}; what was read before stays in use`;
      return false;
    }
  }
}

function looksOf(paths: TlsPaths): string {
  return [paths.ca, paths.cert, paths.key].map(lookOf).join(' ');
}

function lookOf(path: string | undefined): string {
  if (path === undefined) return '-';
  try {
    const { ino, size, mtimeMs } = statSync(path);
    return `${ino}:${size}:${mtimeMs}`;
  } catch (error) {
    return messageOf(error);
  }
}

/** What is looked for in each file, and what it is called. */
const contents = {
  ca: { option: 'LOGS_CA', begin: /-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/, what: 'certificate' },
  cert: { option: 'LOGS_CERT', begin: /-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/, what: 'certificate' },
  key: { option: 'LOGS_KEY', begin: /-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----/, what: 'private key' },
} as const;

/** @throws Exit where a file cannot be read, or they cannot be used. */
function contextOf(paths: TlsPaths): SecureContext {
  const given = (['ca', 'cert', 'key'] as const).flatMap((name) => {
    const path = paths[name];
    return path === undefined ? [] : [{ name, path, said: `${contents[name].option}=${path}` }];
  });
  const pems = given.map(({ name, path, said }) => [name, readPem(name, path, said)]);
  try {
    return createSecureContext(Object.fromEntries(pems));
  } catch (error) {
    const all = given.map(({ said }) => said).join(', ');
    throw new Exit(
      exitCode.settings,
      `${all} cannot be used: ${messageOf(error)}; check that they are whole and belong together`,
      {
        cause: error,
      },
    );
  }
}

function readPem(name: keyof typeof contents, path: string, said: string): string {
  const { begin, what } = contents[name];
  let pem: string;
  try {
    pem = readFileSync(path, 'utf8');
  } catch (error) {
    throw new Exit(
      exitCode.settings,
      `${said} cannot be read: ${messageOf(error)}; check the path and that this user may read it`,
      {
        cause: error,
      },
    );
  }
  if (!begin.test(pem)) throw new Exit(exitCode.settings, `${said} holds no ${what}; name a file in the PEM form`);
  return pem;
}
