import { Samples } from '../samples.ts';
import type { SettingName } from '../stores/settings.ts';
import type { JobName } from './peers/peer.ts';

/** Which of all measurements. */
export interface Key {
  readonly setting: SettingName;
  readonly job: JobName;
  /** The name of the peer. */
  readonly peer: string;
}

/** All that was measured, by `setting/job/peer`. */
export class Results extends Samples<Key> {
  constructor() {
    super(({ setting, job, peer }) => [setting, job, peer].join('/'));
  }
}
