/** Why something is not encrypted or decrypted. */
export type AgeFailure =
  /** It is no age file, or of another version. */
  | 'not-age'
  /** The passphrase is another one, none of the identities fits, or a recipient is none. */
  | 'key'
  /** The end is missing. */
  | 'truncated'
  /** Bytes were changed. */
  | 'damaged';

/** An age file that cannot be written or read. The message says what to do next. */
export class AgeError extends Error {
  override readonly name = 'AgeError';
  readonly failure: AgeFailure;
  /** Where, in bytes of the encrypted file: the part that begins there, or its end, is not as it was written. */
  readonly position: number | undefined;

  constructor(failure: AgeFailure, message: string, options?: ErrorOptions & { readonly position?: number }) {
    super(message, options);
    this.failure = failure;
    this.position = options?.position;
  }
}
