import { readFileSync } from 'node:fs';

/** A panel of the dashboard, as far as tests look at it. */
export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly targets?: readonly { readonly expr: string; readonly refId: string }[];
}

const own = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8');

/** The panels of the dashboard. */
export const panels: readonly Panel[] = JSON.parse(own('grafana-dashboard.json')).panels;

/** The rules as they are written there: `expr: …`, or `expr: >-` and lines that are deeper. */
const rules = own('alerts.yaml')
  .split(/^ {6}- alert: /m)
  .slice(1)
  .map((rule) => {
    const [alert = ''] = rule.split('\n');
    const [, line = '', block = ''] = /^ {8}expr: (.*)\n((?: {10}.*\n)*)/m.exec(rule) ?? [];
    return { alert, expr: line === '>-' ? block.trim().replaceAll(/\s+/g, ' ') : line };
  });

/** The names of all alerts. */
export const alerts: readonly string[] = rules.map(({ alert }) => alert);

/** All expressions of the alert rules and the dashboard, the variables of Grafana replaced by values. */
export const expressions: readonly string[] = [
  ...rules.map(({ expr }) => expr),
  ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
].map((expr) => expr.replaceAll('$__rate_interval', '1m').replaceAll(/\$(job|instance)/g, '.+'));

/** The names of all metrics that the expressions ask for. */
export const metrics: readonly string[] = [
  ...new Set(expressions.flatMap((expr) => [...expr.matchAll(/\b(?:sidekick|node)_\w+/g)].map(([name]) => name))),
].sort();
