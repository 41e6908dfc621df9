import type { Elements } from '#shared/page/elements.ts';
import type { look, Said } from '#shared/page/look.ts';
import type { Numbers } from '#shared/page/numbers.ts';
import type { BackendStatus, RouteStatus, Status } from '../status.ts';
import type { Figures } from './figures.ts';

/** What `/status` tells, that which every sidecar tells included. */
type Shown = Status & Said;

/**
 * The program of the page: asks `/status` each second, and shows it.
 * It is sent to browsers as its own text: whatever it uses has to be in it or given to it, and only types may come from outside.
 */
export function live(numbers: Numbers, figures: Figures, elements: Elements, ask: typeof look): void {
  const { count, bytes, brief, long } = numbers;
  const { sum, rates, together, connectTime, continues, keyOf, earlier } = figures;
  const { byId, make, write, each, lines, sparkline } = elements;

  /** How many looks the sparklines go back, and how many the connect times. */
  const [longest, recent] = [120, 10];
  /** The last looks, the newest last; all of the same run of the sidecar. */
  let looks: Shown[] = [];
  let flows = new Map<string, number[]>();

  type Rates = ReturnType<typeof rates>;
  const words = (name: string) => name.replaceAll('_', ' ');
  const reasons = (numbers: Readonly<Record<string, number>>) => {
    const named = Object.entries(numbers).map(([reason, number]) => [words(reason), count(number)] as const);
    return named.map(([reason, number]) => (named.length > 1 ? `${number} ${reason}` : reason)).join(', ');
  };
  const flow = ({ up, down }: Rates) => `↑ ${bytes(up)}/s  ↓ ${bytes(down)}/s`;
  const pairs = (values: object) => Object.entries(values).map(([name, value]) => `${words(name)} ${value}`);

  const ratesOf = (route: string, backend: BackendStatus): Rates => {
    const [before, now] = looks.slice(-2);
    if (before === undefined || now === undefined) return rates(backend, undefined, 1);
    return rates(backend, earlier(before, route, backend), now.uptimeSeconds - before.uptimeSeconds);
  };

  const columns = ['Backend', 'State', 'Active', 'Conn/s', 'Upload', 'Download', 'Connect', 'Failed'];

  const stateOf = ({ state, ejectedSeconds }: BackendStatus) =>
    ejectedSeconds === undefined ? state : `left out, ${long(Math.ceil(ejectedSeconds))} more`;

  const backendRow = (route: string) => {
    const cells = columns.slice(1).map((label) => {
      const [value, note] = [make('span', ''), make('small', '')];
      const root = make('td', '', value, note);
      root.setAttribute('data-label', label);
      return { root, value, note };
    });
    const name = make('th', '');
    name.setAttribute('scope', 'row');
    const root = make('tr', '', name, ...cells.map((cell) => cell.root));
    const fill = (backend: BackendStatus) => {
      const rate = ratesOf(route, backend);
      const [oldest = backend] = looks.slice(-recent).map((look) => earlier(look, route, backend));
      const connect = connectTime(looks.at(-1)?.connectBounds ?? [], backend, oldest);
      const failed = sum(backend.failures);
      const values = [
        [stateOf(backend), backend.reason ?? '', `state ${backend.state}`],
        [count(backend.active), '', backend.active === 0 ? 'zero' : ''],
        [count(rate.connections), '', rate.connections === 0 ? 'zero' : ''],
        [`${bytes(rate.up)}/s`, '', rate.up === 0 ? 'zero' : ''],
        [`${bytes(rate.down)}/s`, '', rate.down === 0 ? 'zero' : ''],
        [connect === null ? '–' : brief(connect), '', connect === null ? 'zero' : ''],
        [count(failed), reasons(backend.failures), rate.failures > 0 ? 'bad' : failed === 0 ? 'zero' : ''],
      ];
      write(name, backend.backend);
      for (const [index, cell] of cells.entries()) {
        const [value = '', note = '', className = ''] = values[index] ?? [];
        write(cell.value, value, className);
        write(cell.note, note);
      }
    };
    return { root, fill };
  };

  const routeSection = ({ name }: RouteStatus) => {
    const title = make('h2', '', name);
    const [facts, clients, waiting, rate] = [make('p', 'facts'), make('span', ''), make('span', 'warn'), make('span', 'flow')];
    const [faults, turned, none] = [make('ul', 'faults'), make('p', 'turned'), make('p', 'none')];
    const spark = sparkline(longest);
    const rows = make('tbody', '');
    const heads = columns.map((label) => make('th', '', label));
    const table = make('table', '', make('thead', '', make('tr', '', ...heads)), rows);
    const now = make('div', 'now', make('p', '', clients, waiting, rate), spark.root);
    const root = make('section', '', make('header', '', make('div', '', title, facts), now), faults, turned, table, none);
    const fillRows = each(
      rows,
      keyOf,
      () => backendRow(name),
      (row, backend: BackendStatus) => row.fill(backend),
    );
    const fillFaults = lines(faults, 'li', '');
    const fill = (route: RouteStatus) => {
      const all = together(route.backends.map((backend) => ratesOf(name, backend)));
      const past = flows.get(name) ?? [];
      // the first look has no rate
      if (looks.length > 1) past.push(all.up + all.down);
      flows.set(name, past.slice(-longest));
      spark.draw(past, `bytes per second in the last ${long(longest)}, up to ${bytes(Math.max(0, ...past))}/s`);
      const listen = route.listen === name ? '' : `listens on ${route.listen}`;
      const expires = route.certificateExpires === undefined ? '' : `certificate until ${route.certificateExpires.slice(0, 10)}`;
      write(facts, [listen, route.engine, ...pairs(route.options), expires].filter((fact) => fact !== '').join(' · '));
      write(clients, `${count(route.clients)} ${route.clients === 1 ? 'client' : 'clients'}`);
      write(waiting, route.waiting === 0 ? '' : `${count(route.waiting)} waiting`);
      write(rate, flow(all));
      const refused = sum(route.refused);
      write(turned, refused === 0 ? '' : `${count(refused)} turned away: ${reasons(route.refused)}`);
      const described = [...(route.down ? ['fault: down, nobody is listened for'] : []), ...route.faults.map(describeFault)];
      fillFaults(described);
      faults.hidden = described.length === 0;
      table.hidden = route.backends.length === 0;
      write(none, route.backends.length === 0 && !route.down ? 'No backend is known.' : '');
      fillRows(route.backends);
    };
    return { root, fill };
  };

  const describeFault = ({ type, name, stream, toxicity, attributes }: RouteStatus['faults'][number]) => {
    const called = name === `${type}_${stream}` || name === type ? '' : ` “${name}”`;
    const share = toxicity === 1 ? '' : `, ${count(toxicity * 100)} % of connections`;
    return `fault: ${type}${called} ${stream} ${pairs(attributes).join(', ')}${share}`;
  };

  /** Parts of the health tell of the routes and of most names; what they say is not told twice. */
  const problemsOf = ({ config, health, names }: Shown): string[] => {
    const all = Object.entries(health.parts).flatMap(([part, { state, reason }]) =>
      reason ? [`${part} ${state}: ${reason}`] : [],
    );
    const add = (problem: string, text: string) => {
      if (!all.some((told) => told.includes(problem))) all.push(text);
    };
    if (config.problem !== undefined)
      add(config.problem, `The routes that are written are not those that run: ${config.problem}`);
    for (const { name, problem, addresses } of names) {
      const kept = addresses > 0 ? '; its last addresses are kept' : '';
      if (problem !== undefined) add(`${name}: ${problem}`, `${name} cannot be resolved: ${problem}${kept}`);
    }
    return all;
  };

  const fillRoutes = each(
    byId('routes'),
    ({ name }: RouteStatus) => name,
    routeSection,
    (section, route) => section.fill(route),
  );
  const fillProblems = lines(byId('problems'), 'li', '');

  const show = (status: Shown): void => {
    const last = looks.at(-1);
    if (last !== undefined && !continues(status, last)) {
      looks = [];
      flows = new Map();
    }
    looks = [...looks, status].slice(-recent);
    const { routes, version, engines, uptimeSeconds } = status;
    const all = together(routes.flatMap(({ name, backends }) => backends.map((backend) => ratesOf(name, backend))));
    write(byId('total'), flow(all));
    write(
      byId('facts'),
      [`version ${version}`, engines.join(' and '), `running for ${long(uptimeSeconds)}`].filter(Boolean).join(' · '),
    );
    fillProblems(problemsOf(status));
    fillRoutes(routes);
    for (const name of flows.keys()) if (!routes.some((route) => route.name === name)) flows.delete(name);
    write(byId('empty'), routes.length === 0 ? 'There are no routes.' : '');
  };

  ask(elements, 'ambassador', show);
}
