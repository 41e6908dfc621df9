import { isMap, type ParsedNode } from 'yaml';
import { entriesOf, isEditable, isFlow } from './entries.ts';
import { columnOf } from './lines.ts';
import type { Layout } from './value-text.ts';

/** How a document is laid out: as far as its first nested map and its first nested list are indented, so is what is added. */
export function layoutOf(text: string, contents: ParsedNode | null): Layout {
  let map: number | undefined;
  let list: number | undefined;
  const look = (node: ParsedNode | null): void => {
    if (!isEditable(node) || isFlow(node)) return;
    for (const { start, value } of entriesOf(node)) {
      if (map !== undefined && list !== undefined) return;
      if (isMap(node) && isEditable(value) && !isFlow(value)) {
        const by = columnOf(text, entriesOf(value)[0]?.start ?? start) - columnOf(text, start);
        if (isMap(value)) map ??= by;
        else list ??= by;
      }
      look(value);
    }
  };
  look(contents);
  return { map: map || 2, list: list ?? map ?? 2, newline: /\r?\n/.exec(text)?.[0] ?? '\n' };
}
