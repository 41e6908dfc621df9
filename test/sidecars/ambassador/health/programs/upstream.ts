// An upstream of the route in its first argument, which tells its parent of the backends as it tells an engine.
// A number that it is sent is the slot of a backend to which a connection failed.
import { createLog } from '#shared/log.ts';
import { Ledger } from '../../../../../sidecars/ambassador/dispatch/ledger.ts';
import { Upstream } from '../../../../../sidecars/ambassador/health/upstream.ts';
import { Past } from '../../../../../sidecars/ambassador/past.ts';
import { Resolver } from '../../../../../sidecars/ambassador/resolve/resolver.ts';
import { route } from '../probing.ts';

const [text = '', interval] = process.argv.slice(2);
const log = createLog({ name: 'test', level: 'silent', fd: 2 });
const resolver = new Resolver({ interval: Number(interval), log });
const upstream = new Upstream(route(text), {
  resolver,
  ledger: new Ledger(),
  past: new Past(),
  log,
  publish: (backends) => process.send?.(backends),
});
process.on('message', (slot: number) => upstream.failed(slot, 'refused', 1));
process.on('disconnect', () => {
  void upstream.close();
  resolver.close();
});
