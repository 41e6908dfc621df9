import type { Metrics } from '#shared/metrics.ts';
import { methods, statusClasses, type Tally } from './tally.ts';
import { timeBounds } from './times.ts';

/**
 * Declares what Prometheus gets of access logs: at most 60 series of requests, and one histogram.
 * @param tally tells the numbers since the start.
 */
export function declareRequests(metrics: Metrics, tally: () => Tally): void {
  metrics.computed(
    'counter',
    'requests_total',
    'Requests that access logs tell of, by class of status and by method; methods that RFC 9110 does not name are other.',
    function* () {
      const numbers = tally();
      for (const [method, name] of methods.entries())
        for (const [statusClass, called] of statusClasses.entries()) {
          const requests = numbers.of(method, statusClass);
          if (requests > 0) yield [requests, { method: name, status_class: called }];
        }
    },
  );
  metrics.computed('counter', 'response_bytes_total', 'Bytes of the answers that access logs tell of.', () => [[tally().bytes]]);
  metrics.computed('counter', 'other_lines_total', 'Lines that tell of no request, where access logs are analysed.', () => [
    [tally().otherLines],
  ]);
  metrics.computedHistogram('request_seconds', 'How long answers took, where access logs tell.', timeBounds, () => {
    const { bounded, count, sum } = tally().times;
    return [[{ counts: [...bounded], count, sum }]];
  });
}
