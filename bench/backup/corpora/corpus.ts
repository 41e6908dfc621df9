/** Files to be backed up. */
export interface Corpus {
  readonly name: CorpusName;
  /** The folder with all of it. */
  readonly folder: string;
  readonly files: number;
  readonly bytes: number;
}

export const corpusNames = ['small', 'big'] as const;

/** Many small files, or few big ones. */
export type CorpusName = (typeof corpusNames)[number];
