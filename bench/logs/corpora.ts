import { join } from 'node:path';
import type { Stage } from '../stage.ts';
import { type Corpus, writeCorpus, writeDockerCorpus } from './corpus.ts';
import type { Form } from './form.ts';
import type { Plan } from './plan.ts';

/** The files that are shipped, each written when it is asked for. */
export type Corpora = (of: Form['corpus']) => Corpus;

/** Those of a plan. */
export function corporaOf(stage: Stage, { size, seed }: Plan): Corpora {
  const folder = stage.newFolder('corpus');
  const written = new Map<Form['corpus'], Corpus>();
  const corpus: Corpora = (of) =>
    written.getOrInsertComputed(of, () =>
      of === 'plain'
        ? writeCorpus(join(folder, 'app.log'), size, seed)
        : writeDockerCorpus(join(folder, 'docker-json.log'), corpus('plain')),
    );
  return corpus;
}
