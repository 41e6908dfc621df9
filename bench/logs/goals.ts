import type { Finding } from '../findings.ts';
import { digits } from '../table.ts';
import { type FormName, forms } from './form.ts';
import type { Plan } from './plan.ts';
import type { Results } from './results.ts';
import { plain } from './shippers/plain.ts';
import { sidecar } from './shippers/sidecar.ts';

/** Something of the sidecar that is at most so much. */
interface Bound {
  readonly title: string;
  readonly job: string;
  readonly measure: string;
  readonly most: number;
  readonly unit: string;
  readonly digits: number;
}

/** What the sidecar is built to reach, as far as it was measured. */
export function findings(results: Results, plan: Plan): Finding[] {
  return [...speeds(results), ...bounds(plan).flatMap((bound) => found(results, bound))];
}

/** How fast it has to be beside something else, in megabytes a second of what is read. */
function speeds(results: Results): Finding[] {
  const speed = (form: FormName, who: string) => results.median(form, who, 'megabytesPerSecond');
  const ours = (form: FormName) => speed(form, sidecar.name);
  const beside = (title: string, of: number | undefined, other: number | undefined, least: number): Finding[] => {
    if (of === undefined || other === undefined) return [];
    return [{ title, asked: `≥ ${least}×`, found: of / other, reached: of / other >= least }];
  };
  return [
    ...beside('NDJSON: the speed of readline and JSON.stringify', ours('ndjson'), speed('ndjson', plain.name), 7),
    ...(['loki', 'docker', 'multiline'] as const).flatMap((form) =>
      beside(`${forms[form].title}: the speed of NDJSON`, ours(form), ours('ndjson'), 0.5),
    ),
  ];
}

function bounds({ steady, idle }: Plan): Bound[] {
  const [rate = 0] = steady.rates;
  const few = `idle-${idle.files[0]}`;
  const many = `idle-${idle.files.at(-1)}`;
  const files = `${amount(idle.files.at(-1) ?? 0)} idle files`;
  return [
    { title: 'NDJSON: processor time', job: 'ndjson', measure: 'cpuPerGigabyte', most: 2.2, unit: 's/GB', digits: 1 },
    {
      title: `${amount(rate)} lines a second`,
      job: `steady-${rate}`,
      measure: 'cpuPercent',
      most: 2.5,
      unit: '% CPU',
      digits: 1,
    },
    { title: 'one idle file: private dirty', job: few, measure: 'dirtyMebibytes', most: 20, unit: 'MiB', digits: 1 },
    { title: `${files}: processor time`, job: many, measure: 'cpuPercent', most: 4, unit: '% CPU', digits: 1 },
    { title: `${files}: private dirty`, job: many, measure: 'dirtyMebibytes', most: 40, unit: 'MiB', digits: 1 },
    { title: `${files}: descriptors`, job: many, measure: 'descriptors', most: 99, unit: 'open', digits: 0 },
    {
      title: 'sink away: private dirty, more than before',
      job: 'down',
      measure: 'grownMebibytes',
      most: 5,
      unit: 'MiB',
      digits: 1,
    },
  ];
}

function found(results: Results, { title, job, measure, most, unit, digits: count }: Bound): Finding[] {
  const value = results.median(job, sidecar.name, measure);
  if (value === undefined) return [];
  return [{ title, asked: `≤ ${most} ${unit}`, found: value, told: `${digits(value, count)} ${unit}`, reached: value <= most }];
}

/** A number as people write it: 10,000. */
export function amount(count: number): string {
  return count.toLocaleString('en');
}
