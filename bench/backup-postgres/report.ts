import { megabytes, sampleHead, sampleRow } from '../sample-row.ts';
import type { Setting } from '../stores/settings.ts';
import { table } from '../table.ts';
import type { Corpus, Size } from './corpus.ts';
import { type JobName, jobNames, type Peer } from './peers/peer.ts';
import type { Major } from './programs.ts';
import type { Results } from './results.ts';

const titles: Readonly<Record<JobName, readonly [what: string, near: string]>> = {
  first: ['dump', 'to'],
  restore: ['restore', 'from'],
  drill: ['drill', 'from'],
};

/** What is dumped and by what. */
export interface Subject {
  readonly corpus: Pick<Corpus, 'bytes' | 'sqlBytes'>;
  readonly size: Size;
  readonly major: Major;
}

/** What was found, as one table: each job in each setting, and below it each peer. */
export function report(
  results: Results,
  { corpus, size, major }: Subject,
  settings: readonly Setting[],
  peers: readonly Peer[],
): string {
  const rows = jobNames.flatMap((job) =>
    settings.flatMap((setting) => {
      const key = { setting: setting.name, job };
      const ours = results.median({ ...key, peer: 'sidekick' });
      const lines = peers.flatMap((peer) => {
        const sample = results.median({ ...key, peer: peer.name });
        const title = peer.jobs[job]?.title(setting, major);
        return sample === undefined || title === undefined ? [] : [sampleRow(title, sample, corpus.sqlBytes, ours)];
      });
      const [what, near] = titles[job];
      return lines.length === 0 ? [] : [[`${what} ${setting.title.replace(/^to/, near)}`], ...lines];
    }),
  );
  return rows.length === 0 ? '' : `\n${describe(corpus, size)}\n\n${table(sampleHead, rows)}`;
}

/** How much there is. */
function describe({ bytes, sqlBytes }: Subject['corpus'], { accounts, documents, history }: Size): string {
  const rows = (accounts + documents + history).toLocaleString('en');
  return `a database of ${megabytes(bytes)} MB, ${megabytes(sqlBytes)} MB as SQL, with ${rows} rows in 3 tables`;
}
