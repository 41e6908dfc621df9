// Follows the targets of its second argument, and says on every change what they resolve to.
// First argument: how to. A message `refresh` looks again a hundred times, `close INDEX` ends following a target.
import { createLog } from '#shared/log.ts';
import { endpointKey } from '../../../../../sidecars/ambassador/dispatch/endpoint.ts';
import { Resolver } from '../../../../../sidecars/ambassador/resolve/resolver.ts';
import type { Ask, Said } from '../resolving.ts';

const { interval, family, targets }: Ask = JSON.parse(process.argv[2] ?? '');
const resolver = new Resolver({
  interval,
  log: createLog({ name: 'test', level: 'info', fd: 1 }),
});
const resolutions = targets.map((target, index) => resolver.resolve(target, family, () => tell(index)));
for (const index of targets.keys()) tell(index);

function tell(index: number): void {
  const resolution = resolutions[index];
  if (resolution === undefined) return;
  const { endpoints, problem = '', isSettled } = resolution;
  const hosts = endpoints.map((endpoint) => (endpoint.type === 'tcp' ? endpoint.host : endpoint.path));
  const said: Said = { index, endpoints: endpoints.map(endpointKey), hosts, problem, isSettled, names: resolver.names };
  process.send?.(said);
}

process.on('message', (message: string) => {
  const [verb, index] = message.split(' ');
  if (verb === 'close') resolutions[Number(index)]?.close();
  else for (let times = 0; times < 100; times += 1) for (const resolution of resolutions) resolution.refresh();
});
process.on('disconnect', () => resolver.close());
