// Makes checks once: check-once.ts TIMEOUT URL… prints an outcome a line, in the order of the URLs. It runs in the namespace that it was started in.
import { defaultGateway } from '../../../../../sidecars/netprobe/checks/gateway.ts';
import { makeCheck } from '../../../../../sidecars/netprobe/checks/make.ts';
import { checkTarget } from '../../../../../sidecars/netprobe/checks/target.ts';

const [timeout, ...urls] = process.argv.slice(2);
const options = { timeout: Number(timeout), gateway: defaultGateway };
const signal = new AbortController().signal;
for (const outcome of await Promise.all(urls.map((url) => makeCheck(checkTarget.parse(url), options, signal))))
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
