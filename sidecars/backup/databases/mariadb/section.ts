/** What a part of a dump is about. */
export interface Section {
  readonly kind: 'head' | 'table' | 'view' | 'sequence' | 'events' | 'routines';
  /** Of the table, the view or the sequence. */
  readonly name: string;
}

/** What comes before any section. */
export const head: Section = { kind: 'head', name: '' };

const headings: readonly (readonly [Section['kind'], RegExp])[] = [
  ['table', /^-- (?:Table structure|Dumping data) for table `(.*)`$/s],
  ['view', /^-- (?:Temporary table|Temporary view|Final view) structure for view `(.*)`$/s],
  ['sequence', /^-- Sequence structure for `(.*)`$/s],
  ['events', /^-- Dumping events for database /],
  ['routines', /^-- Dumping routines for database /],
];

/** The section that a comment outside of statements begins; undefined where it begins none. */
export function sectionOf(comment: string): Section | undefined {
  for (const [kind, form] of headings) {
    const match = form.exec(comment.trimEnd());
    if (match !== null) return { kind, name: (match[1] ?? '').replaceAll('``', '`') };
  }
  return undefined;
}
