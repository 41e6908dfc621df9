import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder } from './folder.ts';

/** What a certificate says. */
export interface CertificateOptions {
  /** The host names and addresses that a server proves; `localhost`, 127.0.0.1 and ::1 where nothing is said. */
  readonly hosts?: readonly string[];
  /** For what it may be used: `server` by default. */
  readonly use?: 'server' | 'client';
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** The PEM files of a certificate and its private key. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

const day = 86_400_000;

/** A certificate authority of its own in a folder of one test. Its keys are of the curve P-256, which takes no time to make. For a test that `needs('openssl')`. */
export class Authority {
  /** The PEM file of its self-signed certificate. */
  readonly ca: string;
  readonly caKey: string;
  readonly folder: string;
  #issued = 0;

  constructor(t: TestContext, name = 'test authority') {
    this.folder = temporaryFolder(t);
    this.ca = join(this.folder, 'ca.pem');
    this.caKey = join(this.folder, 'ca.key');
    const names = ['-days', '3650', '-subj', `/CN=${name}`];
    openssl(this.folder, 'req', '-x509', ...newKey, '-keyout', this.caKey, '-out', this.ca, ...names);
    writeFileSync(join(this.folder, 'index'), '');
    writeFileSync(join(this.folder, 'ca.conf'), configuration);
  }

  /** Issues a certificate; it is valid from yesterday until in thirty days where nothing else is said. */
  issue(name: string, options: CertificateOptions = {}): CertificateFiles {
    const { hosts = ['localhost', '127.0.0.1', '::1'], use = 'server', notBefore, notAfter } = options;
    const number = ++this.#issued;
    const at = (ending: string) => join(this.folder, `${name}-${number}.${ending}`);
    const [cert, key, request, extensions] = [at('pem'), at('key'), at('csr'), at('ext')];
    const names = hosts.map((host) => `${/^[\d.]+$|:/.test(host) ? 'IP' : 'DNS'}:${host}`);
    const lines = [`extendedKeyUsage=${use}Auth`, ...(use === 'server' ? [`subjectAltName=${names.join(',')}`] : [])];
    writeFileSync(extensions, lines.join('\n'));
    openssl(this.folder, 'req', '-new', ...newKey, '-keyout', key, '-out', request, '-subj', `/CN=${name}`);
    const signer = ['-config', 'ca.conf', '-cert', this.ca, '-keyfile', this.caKey, '-extfile', extensions];
    const from = asn1Time(notBefore ?? new Date(Date.now() - day));
    const until = asn1Time(notAfter ?? new Date(Date.now() + 30 * day));
    const validity = ['-startdate', from, '-enddate', until];
    openssl(this.folder, 'ca', '-batch', '-notext', ...signer, ...validity, '-in', request, '-out', cert);
    return { cert, key };
  }

  /** Issues one that was valid until yesterday. */
  issueExpired(name: string, options: CertificateOptions = {}): CertificateFiles {
    return this.issue(name, { ...options, notBefore: new Date(Date.now() - 2 * day), notAfter: new Date(Date.now() - day) });
  }
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** `openssl ca` alone takes dates in every version of OpenSSL; it wants a configuration, and a database of what it issued. */
const configuration = `
[ca]
default_ca = test
[test]
database = index
new_certs_dir = .
default_md = sha256
policy = any
rand_serial = yes
unique_subject = no
[any]
commonName = supplied
`;

function openssl(cwd: string, ...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync('openssl', args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`openssl ${args.join(' ')} failed: ${error?.message ?? stderr}`);
}

/** YYYYMMDDHHMMSSZ */
function asn1Time(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace(/\D/g, '')}Z`;
}
