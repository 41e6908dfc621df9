/** A place in a file; lines and columns are counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** What is wrong in a file, where, and what to do about it. */
export interface Problem {
  readonly place: Place;
  /** A sentence that names what it is about: `services.web.x-sidekick.logs.max-line is too small: the least is 64B`. */
  readonly text: string;
}

/** The sidecars that can be attached. */
export type SidecarName = 'logs' | 'backup' | 'ambassador' | 'netprobe';

/** What was given for a setting of a sidecar. */
export type Given =
  /** A text, as the sidecar's own variable would hold it. It may hold `${NAME}`, which compose fills in. */
  | { readonly from: 'text'; readonly text: string }
  /** `{ file: ./token }`: a file beside the compose file, which becomes a secret of compose. */
  | { readonly from: 'file'; readonly path: string }
  /** `{ secret: NAME }`, in Kubernetes `{ secret: NAME, key: KEY }`: a secret that is there already. */
  | { readonly from: 'secret'; readonly name: string; readonly key: string | undefined }
  /** `{ environment: NAME }`: a variable of whoever calls compose. */
  | { readonly from: 'environment'; readonly variable: string };

/** One setting of a sidecar, as it was written. */
export interface Setting {
  /** The key of its option in the sidecar's table: `maxLine`. */
  readonly option: string;
  /** Its name in the environment: `LOGS_MAX_LINE`; `LOGS_MAX_LINE_FILE` where the text is the path of a file within the sidecar. */
  readonly variable: string;
  /** Whether it is such a path. */
  readonly isPath: boolean;
  readonly given: Given;
  readonly place: Place;
}

/**
 * A host name that the application goes on using, and where its connections shall lead: `redis:6379`, `db:5432=pg-1:5432,pg-2:5432?check=tcp`.
 * Without backends it is every replica of the service that has the name.
 */
export interface HostName {
  readonly name: string;
  readonly port: number;
  /** What stands behind the `=`: `pg-1:5432,pg-2:5432`. */
  readonly backends: string | undefined;
  /** What stands behind the `?`: `check=tcp&hold=10s`. */
  readonly options: string | undefined;
  readonly place: Place;
}

/** What a person wants beside a container. */
export interface Wish {
  readonly sidecar: SidecarName;
  readonly settings: readonly Setting[];
  /** Of an ambassador: the names that it answers for. */
  readonly hosts: readonly HostName[];
  /** Of an ambassador: whether the `links` of the service become hosts. */
  readonly links: boolean;
  /** Keys of the engine's own that go over what would be generated: `service: { mem_limit: 128m }`, in Kubernetes `container: { … }`. */
  readonly over: Readonly<Record<string, unknown>>;
  readonly place: Place;
}

/** The setting of an option, where it was given. */
export function settingOf(wish: Wish, option: string): Setting | undefined {
  return wish.settings.find((setting) => setting.option === option);
}

/** The plain text of an option, where that is what was given, and not a path of a file in which it stands. */
export function plainText(wish: Wish, option: string): string | undefined {
  const setting = settingOf(wish, option);
  return setting?.given.from === 'text' && !setting.isPath ? setting.given.text : undefined;
}
