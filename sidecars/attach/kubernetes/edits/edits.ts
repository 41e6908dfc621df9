import type { YamlText } from '../../yaml/yaml-text.ts';
import { keys } from '../manifest/annotation.ts';
import { type Path, valueAt, type Workload } from '../manifest/workload.ts';
import type { Plan } from '../plan/plan.ts';
import type { ConfigMap } from '../plan/routes.ts';
import { Attachments, itemOf } from './record.ts';

/** The label of documents that attach has added, with the name of what they are for. */
export const ownLabel = 'sidekick/attached-to';

/** Writes a plan into the spec of a pod, and into an annotation what was added. */
export class Edits {
  readonly #yaml: YamlText;
  readonly #workload: Workload;
  readonly #value: unknown;
  readonly #counts = new Map<string, number>();
  readonly #record = new Attachments();

  constructor(yaml: YamlText, workload: Workload) {
    this.#yaml = yaml;
    this.#workload = workload;
    this.#value = yaml.documents[workload.document]?.toJS();
  }

  /** @param there whether the sidecars are in the text already, before other init containers */
  carryOut({ sidecars, volumes, mounts, hostAliases, group, sysctls }: Plan, there: boolean): void {
    const { document, pod, container, annotations } = this.#workload;
    if (!pod.saysServiceLinks)
      this.#entry(['enableServiceLinks'], false, 'set by sidekick/attach: no variables of services that are called as a sidecar');
    if (group !== undefined)
      this.#entry(['securityContext', 'fsGroup'], group, 'set by sidekick/attach: for folders that are shared');
    for (const sysctl of sysctls) this.#item(['securityContext', 'sysctls'], sysctl.name, sysctl);
    for (const alias of hostAliases) this.#item(['hostAliases'], alias.ip, alias);
    for (const { container: sidecar, purpose } of sidecars) {
      if (there) this.#record.add(itemOf('initContainers', String(sidecar.name)));
      else this.#item(['initContainers'], String(sidecar.name), sidecar, comment(purpose));
    }
    const owner = itemOf('containers', pod.containers[container]?.name ?? '');
    for (const mount of mounts)
      this.#item(['containers', container, 'volumeMounts'], mount.mountPath, mount, undefined, `${owner}.volumeMounts`);
    for (const volume of volumes) this.#item(['volumes'], volume.name, volume);
    const path = [...annotations, keys.record];
    this.#yaml.set(document, path, String(this.#record), 'written by sidekick/attach: what attach --remove takes out');
  }

  #entry(path: Path, value: unknown, note: string): void {
    this.#makeParents(path.slice(0, -1));
    this.#yaml.set(this.#workload.document, [...this.#workload.spec, ...path], value, note);
    this.#record.add(path.join('.'));
  }

  /** Adds an item to a list, which is made where it is missing. */
  #item(list: Path, name: string, value: unknown, note?: string, address = list.join('.')): void {
    const there = this.#valueAt(list);
    if (there === undefined) {
      this.#makeParents(list.slice(0, -1));
      this.#record.make(address);
    }
    const count = this.#counts.get(address) ?? (Array.isArray(there) ? there.length : 0);
    this.#counts.set(address, count + 1);
    this.#yaml.set(this.#workload.document, [...this.#workload.spec, ...list, count], value, note);
    this.#record.add(itemOf(address, name));
  }

  /** Remembers maps that are made on the way to an entry. */
  #makeParents(path: Path): void {
    if (path.length === 0 || typeof path.at(-1) === 'number') return;
    this.#makeParents(path.slice(0, -1));
    if (this.#valueAt(path) === undefined) this.#record.make(path.join('.'));
  }

  #valueAt(path: Path): unknown {
    return valueAt(this.#value, [...this.#workload.spec, ...path]);
  }
}

/** Adds the document with the routes of an ambassador. */
export function addConfigMap(yaml: YamlText, { kind, name: owner }: Workload, { name, namespace, data }: ConfigMap): void {
  const labels = { [ownLabel]: owner.slice(0, 63).replace(/[^A-Za-z0-9]+$/, '') };
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }), labels };
  yaml.addDocument(
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data },
    `added by sidekick/attach: the routes of ${kind} ${owner}`,
  );
}

/** What stands above the container of a sidecar. */
export function comment(purpose: string): string {
  return `added by sidekick/attach: ${purpose}`;
}
