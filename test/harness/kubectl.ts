import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** A document of a manifest, as YAML reads it. */
export interface Manifest {
  readonly kind: string;
  readonly metadata?: unknown;
  readonly [key: string]: unknown;
}

/** Kinds that have no pods and no command of kubectl that writes them, with their keys. Their values are texts, or maps of texts. */
const flat: Readonly<Record<string, readonly string[]>> = {
  ConfigMap: ['apiVersion', 'kind', 'metadata', 'data', 'binaryData', 'immutable'],
  Secret: ['apiVersion', 'kind', 'metadata', 'data', 'stringData', 'type', 'immutable'],
};

/**
 * What the types of Kubernetes find wrong in a document: keys that they do not know, as paths, and values of another type. kubectl reads the
 * document into those types and writes it again, without a cluster; what it does not write is lost.
 */
export async function wrongIn(document: Manifest): Promise<string[]> {
  const probe = withoutZeros(document) as Manifest;
  if (probe.kind === 'Service') return wrongInService(probe);
  if (probe.kind === 'PersistentVolumeClaim') return wrongInClaim(probe);
  const keys = flat[probe.kind];
  if (keys !== undefined) return wrongInFlat(probe, keys);
  return compared(probe, await kubectl(probe, 'image', '*=other'));
}

async function wrongInService(service: Manifest): Promise<string[]> {
  const { selector = {} } = (service.spec ?? {}) as { selector?: Readonly<Record<string, string>> };
  return compared(
    service,
    await kubectl(
      service,
      'selector',
      Object.entries(selector)
        .map((pair) => pair.join('='))
        .join(),
    ),
  );
}

/** A claim alone is not written; as the template of a StatefulSet it is. */
async function wrongInClaim(claim: Manifest): Promise<string[]> {
  const spec = { volumeClaimTemplates: [claim], template: { spec: { containers: [{ name: 'any', image: 'any' }] } } };
  const wrong = await wrongIn({ apiVersion: 'apps/v1', kind: 'StatefulSet', spec });
  return wrong.map((path) => path.replace('spec.volumeClaimTemplates.0.', ''));
}

/** That it cannot be written is said only once it was read. What it is named by is the same in every kind. */
async function wrongInFlat(document: Manifest, keys: readonly string[]): Promise<string[]> {
  const { refused = '' } = await kubectl(document, 'image', '*=other');
  const lost = Object.keys(document).filter((key) => !keys.includes(key));
  const spec = { containers: [{ name: 'any', image: 'any' }] };
  const pod = await wrongIn({ apiVersion: 'v1', kind: 'Pod', metadata: document.metadata, spec });
  return [...(refused.includes('is not a pod') ? [] : [refused]), ...lost, ...pod];
}

interface Answer {
  readonly document?: unknown;
  readonly refused?: string;
}

/** The workloads of a manifest as kubectl reads them from its text, with `other` for every image. */
export async function readByKubectl(manifest: string): Promise<unknown[]> {
  const { stdout } = await set('image', '*=other', manifest);
  return stdout === '' ? [] : stdout.split(/^(?=\{)/m).map((each) => JSON.parse(each));
}

async function kubectl(document: unknown, what: string, value: string): Promise<Answer> {
  const { code, stdout, stderr } = await set(what, value, JSON.stringify(document));
  return code === 0 && stdout !== '' ? { document: JSON.parse(stdout) } : { refused: stderr.trim() };
}

/** `kubectl set` on a manifest, without a cluster. @throws Error where there is no kubectl */
async function set(what: string, value: string, manifest: string) {
  const child = spawn('kubectl', ['set', what, '--local', '--filename=-', value, '--output=json']);
  child.stdin.end(manifest);
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}

function compared(before: unknown, { document, refused }: Answer): string[] {
  return refused === undefined ? lostIn(before, document, []) : [refused];
}

/** The paths of all keys that are in a value and not in what became of it. */
function lostIn(before: unknown, after: unknown, path: readonly string[]): string[] {
  if (typeof before !== 'object' || before === null) return [];
  return Object.entries(before).flatMap(([key, value]) => {
    const inner = [...path, key];
    const found = typeof after === 'object' && after !== null ? (after as Readonly<Record<string, unknown>>)[key] : undefined;
    return found === undefined ? [inner.join('.')] : lostIn(value, found, inner);
  });
}

/** The same with another value in the place of each false, 0 and empty text, which are left out when written. */
function withoutZeros(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutZeros);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutZeros(inner)]));
  return value === false ? true : value === 0 ? 1 : value === '' ? 'any' : value;
}
