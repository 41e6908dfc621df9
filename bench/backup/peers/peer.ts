import type { SettingName } from '../settings.ts';
import type { Tool } from '../tools.ts';

/** What is measured, in the order of the tables. */
export const jobNames = ['first', 'again', 'restore'] as const;

/** A first backup, one more of the same, and what the first one saved put back. */
export type JobName = (typeof jobNames)[number];

/** Where an S3 is, and who may use it. */
export interface Endpoint {
  readonly url: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** Where backups go; what is there is of one peer alone. */
export type Store =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 's3'; readonly endpoint: Endpoint; readonly bucket: string; readonly prefix: string };

/** A key of age. */
export interface AgeKey {
  readonly recipient: string;
  /** The file with the identity. */
  readonly identity: string;
}

/** What a peer is told. */
export interface Scene {
  /** The folder to be saved. */
  readonly corpus: string;
  readonly store: Store;
  /** A folder of the peer's own, which stays from one job to the next, for its state and caches. */
  readonly state: string;
  /** An empty folder to restore to. */
  readonly out: string;
  /** Undefined where nothing is to be encrypted. */
  readonly age: AgeKey | undefined;
  /** The words behind `node` that start the sidecar. */
  readonly sidecar: () => readonly string[];
}

/** A program to be run. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly folder?: string;
}

/** One way to do a job. */
export interface Way {
  /** Its name in the tables. */
  readonly title: string;
  readonly command: (scene: Scene) => Command;
}

/** Something that saves and restores files. */
export interface Peer {
  /** Its name for --peers. */
  readonly name: string;
  readonly settings: readonly SettingName[];
  /** What PATH has to have. */
  readonly tools: readonly Tool[];
  /** Whether it is the sidecar, which has to be there, and bundled first. */
  readonly bundled?: true;
  /** What makes the store ready; it is not measured. */
  readonly prepare?: (scene: Scene) => Command;
  readonly jobs: Readonly<Partial<Record<JobName, Way>>>;
  /** Where it restores the folder of the corpus to. */
  readonly restored: (scene: Scene) => string;
}

/** The variables that programs read which use the SDKs of AWS. */
export function awsVariables({ url, region, accessKey, secretKey }: Endpoint): NodeJS.ProcessEnv {
  return {
    AWS_ENDPOINT_URL_S3: url,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: accessKey,
    AWS_SECRET_ACCESS_KEY: secretKey,
  };
}

/** The variables that give rclone a remote `store:`. @see https://rclone.org/docs/#environment-variables */
export function rcloneVariables({ url, region, accessKey, secretKey }: Endpoint): NodeJS.ProcessEnv {
  return {
    RCLONE_CONFIG: '/dev/null',
    RCLONE_CONFIG_STORE_TYPE: 's3',
    RCLONE_CONFIG_STORE_PROVIDER: 'Other',
    RCLONE_CONFIG_STORE_ENDPOINT: url,
    RCLONE_CONFIG_STORE_REGION: region,
    RCLONE_CONFIG_STORE_ACCESS_KEY_ID: accessKey,
    RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY: secretKey,
  };
}
