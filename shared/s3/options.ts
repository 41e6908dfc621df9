/** How the content of an object is encrypted by the server that keeps it. */
export type S3Encryption =
  /** With keys of the server. */
  | { readonly kind: 'AES256' }
  /** With a key of its key management; the server's own one where none is named. */
  | { readonly kind: 'aws:kms'; readonly keyId?: string | undefined }
  /** With a key of 32 bytes that the server does not keep: without it nobody reads the object again. */
  | { readonly kind: 'customer'; readonly key: Uint8Array };

/** For how long nobody may remove or replace an object. */
export interface S3Lock {
  /** `GOVERNANCE` lets those pass who have a permission of its own, `COMPLIANCE` nobody. */
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE';
  /** Milliseconds from the writing on. */
  readonly duration: number;
}

/**
 * What a client of S3 and its compatibles is told. What is not given is found where every AWS tool looks for it: environment, shared files,
 * roles of containers and machines.
 */
export interface S3Options {
  /** URL of a server other than AWS. */
  readonly endpoint?: string | undefined;
  /** `us-east-1` where none is found; AWS tells when another one is right. */
  readonly region?: string | undefined;
  /** The section of the shared configuration and credentials files to use. */
  readonly profile?: string | undefined;
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
  readonly sessionToken?: string | undefined;
  /** Whether the bucket stands in the path and not in the host name; so by default where there is an `endpoint`. */
  readonly pathStyle?: boolean | undefined;
  /** Certificate authorities to trust in place of the known ones, in the PEM form. */
  readonly ca?: string | undefined;
  readonly encryption?: S3Encryption | undefined;
  /** Of objects that are uploaded; what is put at once stays in the standard one, for it is read often. */
  readonly storageClass?: string | undefined;
  readonly lock?: S3Lock | undefined;
  /** Whether the server keeps to `If-None-Match`; found out at the first need where it is not given. */
  readonly conditions?: boolean | undefined;
  /** `false` for a server that refuses the checksums of requests. */
  readonly checksums?: boolean | undefined;
  /** Size of the first parts of an upload, in bytes; 8 MiB by default, 5 MiB is the least that servers take. */
  readonly partSize?: number | undefined;
  /** How many parts of an upload are on their way at the same time; 2 by default. */
  readonly inFlight?: number | undefined;
  /** How long a connection may be silent, in ms; 60 s by default. */
  readonly timeout?: number | undefined;
  /** For how long a request is tried again and again, in ms; 5 min by default. */
  readonly patience?: number | undefined;
  /**
   * Ends what waits once it aborts: nothing is asked again, what only reads is broken off, and what is written gets a moment more. What is
   * begun afterwards, to take something back, has that moment, too.
   */
  readonly stopping?: AbortSignal | undefined;
  /** Hears what a person should know before it happens. */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Hears of each attempt that failed and is followed by another one. */
  readonly onRetry?: ((what: string, waitMs: number) => void) | undefined;
}
