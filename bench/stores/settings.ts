/** Where to, and whether encrypted: what is compared with each other is of one setting. */
export interface Setting {
  readonly name: SettingName;
  /** Behind the corpus, as a title. */
  readonly title: string;
  readonly store: 'folder' | 's3';
  readonly encrypted: boolean;
}

export type SettingName = 'plain' | 'age' | 's3' | 's3-age';

export const settings: readonly Setting[] = [
  { name: 'plain', title: 'to a folder', store: 'folder', encrypted: false },
  { name: 'age', title: 'to a folder, encrypted to an age recipient', store: 'folder', encrypted: true },
  { name: 's3', title: 'to S3', store: 's3', encrypted: false },
  { name: 's3-age', title: 'to S3, encrypted to an age recipient', store: 's3', encrypted: true },
];
