import { Samples } from '../samples.ts';
import type { SettingName } from '../stores/settings.ts';
import type { CorpusName } from './corpora/corpus.ts';
import type { JobName } from './peers/peer.ts';

/** Which of all measurements. */
export interface Key {
  readonly corpus: CorpusName;
  readonly setting: SettingName;
  readonly job: JobName;
  /** The name of the peer. */
  readonly peer: string;
}

/** All that was measured, by `corpus/setting/job/peer`. */
export class Results extends Samples<Key> {
  constructor() {
    super(({ corpus, setting, job, peer }) => [corpus, setting, job, peer].join('/'));
  }
}
