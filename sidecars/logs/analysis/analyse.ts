import { version } from '#shared/version.ts';
import type { PumpOptions } from '../follow/pump.ts';
import type { LogsLife } from '../logs.ts';
import { topPages } from '../page/page.ts';
import { Analysis } from './analysis.ts';
import { declareRequests } from './metrics.ts';
import { topOf } from './top.ts';
import { windowNames } from './windows.ts';

/** Begins to analyse what passes: `/top` of the admin server and the metrics of requests tell of it. @returns what is to see the bytes that pass. */
export function analyse({
  metrics,
  health,
  serve,
}: Pick<LogsLife, 'metrics' | 'health' | 'serve'>): NonNullable<PumpOptions['passed']> {
  const analysis = new Analysis();
  declareRequests(metrics, () => analysis.tally);
  const { page, json } = topPages(() => ({ version, health: health.toJSON(), ...topOf(analysis, windowNames) }));
  serve('/top', page);
  serve('/top.json', json);
  return (_file, chunk, from, to) => analysis.take(chunk, from, to);
}
