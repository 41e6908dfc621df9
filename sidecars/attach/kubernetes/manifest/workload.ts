import { type Document, isMap, isScalar, type Node } from 'yaml';
import { nearest } from '#shared/config/nearest.ts';
import type { Problem } from '../../wish/wish.ts';
import { plainly } from '../../yaml/parsed.ts';
import type { YamlText } from '../../yaml/yaml-text.ts';
import { keys } from './annotation.ts';
import { isEntries, listed, type Pod, podOf } from './pod.ts';

/** What leads to a part of a document. */
export type Path = readonly (string | number)[];

/** What in a manifest has pods, and asks for sidecars. */
export interface Workload {
  /** Its place among the documents of the file. */
  readonly document: number;
  readonly kind: string;
  readonly name: string;
  /** The namespace that it names itself. */
  readonly namespace: string | undefined;
  /** What leads to the spec of its pods. */
  readonly spec: Path;
  /** What leads to the annotations that ask for sidecars. */
  readonly annotations: Path;
  readonly pod: Pod;
  /** The place of the container that they are for. */
  readonly container: number;
  /** The field of a pod that tells it from its siblings and stays, where there are several. */
  readonly identity: 'metadata.name' | 'spec.nodeName' | undefined;
}

/** A workload, and the annotation that asks for its sidecars. */
export interface Asking {
  readonly workload: Workload;
  readonly annotation: Node;
}

/** What leads to the template of the pods, by kind. */
const templates: Readonly<Record<string, Path>> = {
  Pod: [],
  Deployment: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
};

/** Finds the workloads that ask for sidecars, in the order of the file. */
export function findWorkloads(yaml: YamlText, problems: Problem[]): Asking[] {
  return yaml.documents.flatMap((_, document) => new Search(yaml, document, problems).asking() ?? []);
}

/** What leads to all annotations of a document that may be those of attach. */
export function annotationPaths(kind: string): Path[] {
  const template = templates[kind] ?? ['spec', 'template'];
  return template
    .map((_, length) => [...template.slice(0, length), 'metadata', 'annotations'])
    .concat([[...template, 'metadata', 'annotations']]);
}

/** What leads to the spec of the pods of a kind, or undefined where it has none. */
export function specPath(kind: string): Path | undefined {
  return Object.hasOwn(templates, kind) ? [...(templates[kind] ?? []), 'spec'] : undefined;
}

/** The search for a wish in one document. */
class Search {
  readonly #yaml: YamlText;
  readonly #index: number;
  readonly #document: Document.Parsed;
  readonly #problems: Problem[];

  constructor(yaml: YamlText, index: number, problems: Problem[]) {
    this.#yaml = yaml;
    this.#index = index;
    this.#document = yaml.documents[index] as Document.Parsed;
    this.#problems = problems;
  }

  asking(): Asking | undefined {
    const value: unknown = this.#document.toJS(plainly);
    if (!isEntries(value)) return undefined;
    const kind = String(value.kind);
    if (kind.endsWith('List')) return this.#refuseList(kind, value.items);
    const paths = annotationPaths(kind).filter((path) => valueAt(value, [...path, keys.wish]) !== undefined);
    const [annotations, other] = paths;
    if (annotations === undefined) return undefined;
    const annotation = this.#nodeAt([...annotations, keys.wish]);
    const spec = specPath(kind);
    if (spec === undefined)
      return this.#says([...annotations, keys.wish], `${kind} is nothing that sidecars are attached to; ${known}`);
    if (other !== undefined)
      return this.#says([...other, keys.wish], `${keys.wish} stands at ${annotations.join('.')} as well; keep one of them`);
    if (annotation === undefined)
      return this.#says(annotations, `${keys.wish} comes from elsewhere by an alias; write it out here`);
    const pod = podOf(valueAt(value, spec), kind === 'StatefulSet' ? valueAt(value, ['spec', 'volumeClaimTemplates']) : []);
    const container = this.#container(pod, [...annotations, keys.container], value);
    if (container === undefined) return undefined;
    const { name, generateName, namespace } = isEntries(value.metadata) ? value.metadata : {};
    const workload: Workload = {
      document: this.#index,
      kind,
      name: String(name ?? generateName ?? kind.toLowerCase()).replace(/-$/, ''),
      namespace: typeof namespace === 'string' ? namespace : undefined,
      spec,
      annotations,
      pod,
      container,
      identity: identityOf(kind, value.spec),
    };
    return { workload, annotation };
  }

  /** The place of the container that is asked for, or the first. */
  #container({ containers }: Pod, path: Path, value: unknown): number | undefined {
    const names = containers.map(({ name }) => name);
    const asked = valueAt(value, path);
    if (names.length === 0) return this.#says(path.slice(0, -1), 'there is no container that sidecars could be attached to');
    if (asked === undefined) return 0;
    const index = names.indexOf(String(asked));
    if (index !== -1) return index;
    const near = nearest(String(asked), names);
    return this.#says(
      path,
      `${keys.container} names ${asked}, and there is no such container; ${near ? `did you mean ${near}?` : `there are ${names.join(', ')}`}`,
    );
  }

  #refuseList(kind: string, items: unknown): undefined {
    const asks = (item: Record<string, unknown>) =>
      annotationPaths(String(item.kind)).some((path) => valueAt(item, [...path, keys.wish]) !== undefined);
    const index = listed(items).findIndex(asks);
    if (index !== -1)
      this.#says(
        ['items', index],
        `${keys.wish} in a ${kind} is not carried out; write its items as documents with --- between them`,
      );
  }

  #nodeAt(path: Path): Node | undefined {
    const node = this.#document.getIn(path, true);
    return isScalar(node) || isMap(node) ? (node as Node) : undefined;
  }

  /** Tells a problem at the place of a part, or of what it is in. */
  #says(path: Path, text: string): undefined {
    const node = this.#document.getIn(path, true) as Node | undefined;
    if (node?.range || path.length === 0)
      this.#problems.push({ place: this.#yaml.placeOf(node?.range?.[0] ?? this.#document.range[0]), text });
    else this.#says(path.slice(0, -1), text);
  }
}

const known = `known are ${Object.keys(templates).join(', ')}`;

function identityOf(kind: string, spec: unknown): Workload['identity'] {
  if (kind === 'DaemonSet') return 'spec.nodeName';
  const { replicas, parallelism } = isEntries(spec) ? spec : {};
  return Number(replicas ?? parallelism ?? 1) > 1 ? 'metadata.name' : undefined;
}

/** What is at a path of a value; undefined where there is nothing. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, step) => (isEntries(at) || Array.isArray(at) ? (at as Record<string | number, unknown>)[step] : undefined),
    value,
  );
}
