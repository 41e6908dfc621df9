import type { Change } from '../../attached.ts';
import type { Place, Problem, SidecarName } from '../../wish/wish.ts';
import { keys } from '../manifest/annotation.ts';
import type { Container, Mount, Volume } from '../manifest/pod.ts';
import type { Workload } from '../manifest/workload.ts';
import { freeName } from './names.ts';

/** What is gathered for one workload while its sidecars are planned, and what was found to be wrong. */
export class Additions {
  readonly workload: Workload;
  /** The container that the sidecars are for. */
  readonly container: Container;
  readonly volumes: Volume[] = [];
  /** What its container gets to see. */
  readonly mounts: Mount[] = [];
  readonly changes: Change[] = [];
  readonly problems: Problem[];
  readonly #volumeNames: Set<string>;

  constructor(workload: Workload, problems: Problem[]) {
    const { pod, container } = workload;
    this.workload = workload;
    this.container = pod.containers[container] as Container;
    this.problems = problems;
    this.#volumeNames = new Set(pod.volumes.map(({ name }) => name));
  }

  /** Adds a volume to the pod, and returns its name: the one that is wanted, or one like it. */
  volume(wanted: string, source: Readonly<Record<string, unknown>>): string {
    const name = freeName(wanted, this.#volumeNames);
    this.#volumeNames.add(name);
    this.volumes.push({ name, ...source });
    return name;
  }

  /** Tells what was added. */
  tell(what: string, why: string): void {
    const { kind, name } = this.workload;
    this.changes.push({ owner: `${kind} ${name}`, what, why });
  }

  /** Tells what is wrong with the wish for a sidecar. @param what `.paths names …` of a setting, ` has …` of the whole */
  refuse(sidecar: SidecarName, place: Place, what: string): void {
    this.problems.push({ place, text: `${keys.wish}.${sidecar}${what}` });
  }
}
