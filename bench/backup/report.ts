import { megabytes, sampleHead, sampleRow } from '../sample-row.ts';
import type { Setting } from '../stores/settings.ts';
import { table } from '../table.ts';
import type { Corpus } from './corpora/corpus.ts';
import { type JobName, jobNames, type Peer } from './peers/peer.ts';
import type { Results } from './results.ts';

const titles: Readonly<Record<JobName, string>> = {
  first: 'first backup',
  again: 'the same again, unchanged',
  restore: 'restore',
};

/** What was found about one corpus in one setting, as text: each job, and below it each peer. */
export function report(results: Results, corpus: Corpus, setting: Setting, peers: readonly Peer[]): string {
  const rows = jobNames.flatMap((job) => {
    const lines = peers.flatMap((peer) => {
      const sample = results.median({ corpus: corpus.name, setting: setting.name, job, peer: peer.name });
      const title = peer.jobs[job]?.title;
      return sample === undefined || title === undefined ? [] : [{ title, sample }];
    });
    const ours = results.median({ corpus: corpus.name, setting: setting.name, job, peer: 'sidekick' });
    return lines.length === 0
      ? []
      : [[titles[job]], ...lines.map(({ title, sample }) => sampleRow(title, sample, corpus.bytes, ours))];
  });
  return rows.length === 0 ? '' : `\n${describe(corpus)}, ${setting.title}\n\n${table(sampleHead, rows)}`;
}

/** How many files, and of how many bytes. */
export function describe({ files, bytes }: Corpus): string {
  return `${files.toLocaleString('en')} files of ${megabytes(bytes)} MB`;
}
