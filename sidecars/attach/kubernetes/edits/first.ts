import { isSeq } from 'yaml';
import { indentedTo } from '../../yaml/block.ts';
import { type Collection, entriesOf, isFlow } from '../../yaml/entries.ts';
import { layoutOf } from '../../yaml/layout.ts';
import { columnOf, lineEnd } from '../../yaml/lines.ts';
import { spotAt } from '../../yaml/parsed.ts';
import { linesAt, type Splice } from '../../yaml/splice.ts';
import { flowText, itemLinesOf } from '../../yaml/value-text.ts';
import type { YamlText } from '../../yaml/yaml-text.ts';
import type { Workload } from '../manifest/workload.ts';
import type { Plan } from '../plan/plan.ts';
import { comment } from './edits.ts';

/**
 * The edits that put sidecars before the init containers that are there: these may use what the ambassador carries. Undefined where there are
 * none.
 * @param text the text of `yaml`
 */
export function firstOf(text: string, yaml: YamlText, { document, spec }: Workload, { sidecars }: Plan): Splice | undefined {
  const parsed = yaml.documents[document];
  const spot = parsed && spotAt(parsed, [...spec, 'initContainers']);
  const list = spot?.entry.value;
  if (!isSeq(list) || list.items.length === 0) return undefined;
  const start = entriesOf(list as Collection)[0]?.start ?? 0;
  if (isFlow(list as Collection)) {
    const items = sidecars.map(({ container }) => `${flowText(container)}, `);
    return { start, end: start, text: items.join('') };
  }
  const layout = layoutOf(text, parsed?.contents ?? null);
  const lines = sidecars.flatMap(({ container, purpose }) => [`# ${comment(purpose)}`, ...itemLinesOf(container, layout)]);
  // above the comments of the first item, which are its own
  return linesAt(text, lineEnd(text, spot?.entry.sign ?? start), indentedTo(columnOf(text, start), lines), layout.newline);
}
