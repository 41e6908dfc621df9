// Checks URLs again and again, run-checks.ts URL…, until its standard input ends; then it has to end by itself.
import { Checks } from '../../../../../sidecars/netprobe/checks/runner.ts';
import { checkTarget } from '../../../../../sidecars/netprobe/checks/target.ts';

const stop = new AbortController();
const checks = process.argv.slice(2).map(checkTarget.parse);
new Checks({ checks, checkInterval: 60_000, checkTimeout: 60_000, gateway: () => undefined }).start(stop.signal);
process.stdin.on('end', () => stop.abort()).resume();
