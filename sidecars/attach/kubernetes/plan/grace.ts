import { sidecars } from '../../wish/sidecars.ts';
import { settingOf, type Wish } from '../../wish/wish.ts';
import type { Additions } from './additions.ts';
import { textOf } from './variables.ts';

/** Finds a sidecar that would be killed before it had the time to end that it was given. */
export function findLongGrace(wish: Wish, additions: Additions): void {
  const text = textOf(wish, 'grace');
  if (text === undefined) return;
  const { terminationGracePeriodSeconds: seconds } = additions.workload.pod;
  const grace = sidecars[wish.sidecar].outline.options.grace?.kind.parse(text);
  if (grace < seconds * 1000) return;
  additions.refuse(
    wish.sidecar,
    settingOf(wish, 'grace')?.place ?? wish.place,
    `.grace is ${text}, and after ${seconds} s the pod is killed; set terminationGracePeriodSeconds to more than both`,
  );
}
