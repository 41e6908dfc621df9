import type { Element, Elements } from './elements.ts';

/** What a cell says; its class tells how it looks. */
export type Cell = readonly [text: string, className?: string];

/** What a row says of an item. */
export interface Row {
  readonly name: string;
  /** Below the name. */
  readonly note?: string;
  /** How the name looks. */
  readonly className?: string;
  /** How full it is, as the parts of a bar below the name. All rows of a table have one, or none. */
  readonly full?: readonly (readonly [className: string, share: number])[];
  readonly cells: readonly Cell[];
}

/**
 * A table in an element, with a row for each item.
 * It is sent to browsers as its own text: whatever it uses has to be given to it, and only types may come from outside.
 * @param columns the titles, that of the name first.
 */
export function rows<T>(
  { make, write, each, bar }: Elements,
  parent: Element,
  columns: readonly string[],
  keyOf: (item: T) => string,
  tell: (item: T) => Row,
): (items: readonly T[]) => void {
  const body = make('tbody', '');
  const heads = columns.map((label) => {
    const head = make('th', '', label);
    head.setAttribute('scope', 'col');
    return head;
  });
  const table = make('table', `of${columns.length}`, make('thead', '', make('tr', '', ...heads)), body);
  parent.append(table);

  const row = (first: T) => {
    const [name, note] = [make('span', ''), make('small', '')];
    const head = make('th', '', name, note);
    const full = tell(first).full && bar();
    if (full) head.append(full.root);
    head.setAttribute('scope', 'row');
    const cells = columns.slice(1).map((label) => {
      const value = make('span', '');
      const root = make('td', '', value);
      root.setAttribute('data-label', label);
      return { root, value };
    });
    const fill = (item: T) => {
      const told = tell(item);
      write(name, told.name, told.className);
      write(note, told.note ?? '');
      full?.draw(told.full ?? []);
      for (const [index, { value }] of cells.entries()) {
        const [text, className = ''] = told.cells[index] ?? [''];
        write(value, text, className);
      }
    };
    return { root: make('tr', '', head, ...cells.map(({ root }) => root)), fill };
  };

  const fill = each(body, keyOf, row, (view, item: T) => view.fill(item));
  return (items) => {
    table.hidden = items.length === 0;
    fill(items);
  };
}
