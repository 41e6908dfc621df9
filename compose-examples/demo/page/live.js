const count = new Intl.NumberFormat('en-US');
const at = (id) => document.getElementById(id);
const times = (value, noun) => `${count.format(value)} ${noun}${value === 1 ? '' : 's'}`;

/** 312 B, 4.25 kB, 1.02 MB. */
function bytes(value) {
  if (value === null) return '–';
  let digits = value;
  let unit = 0;
  for (; digits >= 999.5 && unit < 4; unit += 1) digits /= 1000;
  return `${unit === 0 ? Math.round(digits) : digits.toPrecision(3)} ${['B', 'kB', 'MB', 'GB', 'TB'][unit]}`;
}

function show(scene) {
  const { shop, logs, ambassador, backup, netprobe, attached } = scene;
  const behind = logs.written - logs.shipped;
  const killed = (ambassador?.backends ?? []).reduce((sum, { absences }) => sum + absences, 0);
  figure('requests', shop?.requests ?? 0);
  figure('failed', shop?.failed ?? 0, shop?.failed > 0 ? 'gone' : 'even');
  figure('orders', shop?.orders ?? 0);
  figure('shipped', logs.shipped);
  figure('absences', killed);
  figure('good', backup?.good ?? 0, backup?.bad > 0 ? 'gone' : '');
  for (const [name, { admin, answers }] of Object.entries(attached)) standing(name, admin, answers);
  const late = behind > 2 * Math.max(...logs.perSecond.written.slice(-5), 50);
  if (logs.written === 0) pill('', 'waiting for the first request');
  else if (shop?.failed > 0) pill('gone', 'an answer failed');
  else if (late) pill('behind', 'the logs sidecar is behind');
  else pill('even', behind === 0 ? 'written = shipped' : 'all is well');
  showLogs(logs, behind, late, attached.logs.absences);
  if (ambassador) showAmbassador(ambassador, shop);
  if (backup) showBackup(backup);
  if (netprobe) showNetprobe(netprobe);
  at('empty').hidden = logs.lines.length > 0;
  at('table').hidden = logs.lines.length === 0;
  at('lines').replaceChildren(...logs.lines.slice(0, 8).map(lineOf));
}

function showLogs({ written, shipped, duplicates, rotations, batches, perSecond }, behind, late, absences) {
  figure('written', written);
  figure('arrived', shipped, 'even');
  figure('behind', behind, late ? 'behind' : '');
  const away = absences > 0 ? `, away ${times(absences, 'time')}` : '';
  at('logs-more').textContent =
    `${times(rotations, 'rotation')}, ${times(batches, 'batch').replace('batchs', 'batches')}, ${count.format(duplicates)} came twice${away}`;
  chart('lines', [perSecond.shipped], perSecond.written, (value) => count.format(value));
}

function showAmbassador({ listen, clients, accepted, retries, backends }, shop) {
  at('carried').textContent =
    `${listen}: ${count.format(clients)} of ${count.format(accepted)} open; ${count.format(retries)} tried, ${count.format(shop?.repeats ?? 0)} asked again`;
  const all = backends.filter(({ state }) => state !== 'leaving').slice(0, 2);
  chart(
    'bytes',
    all.map(({ perSecond }) => perSecond),
    [],
    bytes,
  );
  rows(
    'backends',
    backends.map(({ name, state, active, absences }, index) => [
      [name, `key ${index % 2 === 1 ? 'other' : ''}`],
      [state, state === 'up' ? 'even' : 'gone'],
      [`${active} open`, 'number'],
      [absences > 0 ? `away ${times(absences, 'time')}` : '', 'soft number'],
    ]),
  );
}

function showBackup({ good, bad, next, recent }) {
  const wait = next === null ? '' : `; the next in ${Math.max(0, Math.ceil((Date.parse(next) - Date.now()) / 1000))} s`;
  at('saved').textContent = `${times(good, 'good backup')}, ${count.format(bad)} failed${wait}`;
  rows(
    'saves',
    recent.map(({ kind, started, bytes: size, stored, verified }) => [
      [new Date(started).toLocaleTimeString('en-GB'), ''],
      [kind, 'soft'],
      [bytes(size), 'number'],
      [bytes(stored), 'number'],
      [verified ? 'read back' : 'not yet', verified ? 'even' : 'soft'],
    ]),
  );
}

function showNetprobe({ source, missing, listener, visitors, stock, checks }) {
  const drops = listener?.drops === null ? '' : `, ${times(listener?.drops ?? 0, 'drop')}`;
  at('listener').textContent = listener
    ? `${listener.address} listens: ${listener.queue} of ${listener.limit} wait in its queue${drops}`
    : 'The shop does not listen.';
  at('missing').textContent = missing.length > 0 ? `Read from ${source}, which does not tell: ${missing.join(', ')}.` : '';
  rows(
    'peers',
    Object.entries({ visitors, stock }).map(([name, { connections, opened, sent, received, retransmitted }]) => [
      [name, 'fill'],
      [count.format(connections), 'number'],
      [count.format(opened), 'number'],
      [bytes(sent), 'number'],
      [bytes(received), 'number'],
      [bytes(retransmitted), `number ${retransmitted > 0 ? 'behind' : 'soft'}`],
    ]),
  );
  rows(
    'checks',
    checks.map(({ check, ok, seconds }) => [
      [check, 'fill soft'],
      [ok === null ? 'not yet' : ok ? 'well' : 'failed', ok ? 'even' : ok === false ? 'gone' : 'soft'],
      [seconds === null ? '' : `${(seconds * 1000).toFixed(1)} ms`, 'number'],
    ]),
  );
}

function figure(id, value, kind = '') {
  at(id).textContent = count.format(value);
  at(id).className = kind;
}

function pill(kind, text) {
  at('state').className = `pill ${kind}`;
  at('state').textContent = text;
}

/** The dot of a sidecar, and where its own page can be opened from here: in containers it is somewhere else. */
function standing(name, admin, answers) {
  at(`${name}-dot`).className = `dot ${admin === '' ? '' : answers ? 'up' : 'away'}`;
  at(`${name}-dot`).title = admin === '' ? 'not attached' : answers ? 'answers' : 'away';
  if (admin === '' || new URL(admin).hostname !== '127.0.0.1' || at(`${name}-name`).firstElementChild) return;
  const link = document.createElement('a');
  link.href = admin;
  link.textContent = name;
  at(`${name}-name`).replaceChildren(link);
}

/** Bars that stand on each other, and a line before them. */
function chart(name, stacks, line, say) {
  const seconds = stacks[0]?.length ?? 60;
  const sums = Array.from({ length: seconds }, (_, index) => stacks.reduce((sum, stack) => sum + (stack[index] ?? 0), 0));
  const most = ceiling(Math.max(10, ...line, ...sums));
  const width = 600 / seconds;
  const y = (value) => 100 - (value / most) * 92;
  const parts = [0, 0.5, 1].map((share) =>
    svg('line', { class: 'grid', x1: 0, x2: 600, y1: y(most * share), y2: y(most * share) }),
  );
  const below = sums.map(() => 0);
  stacks.forEach((stack, which) => {
    stack.forEach((value, index) => {
      const bottom = y(below[index]);
      below[index] += value;
      const top = y(below[index]);
      const place = { x: index * width + 1, width: width - 2, y: top, height: bottom - top };
      if (value > 0) parts.push(svg('rect', { class: which > 0 ? 'bar other' : 'bar', ...place }));
    });
  });
  const points = line.map((value, index) => `${(index + 0.5) * width},${y(value)}`).join(' ');
  if (line.length > 0) parts.push(svg('polyline', { class: 'path', points }));
  at(`${name}-chart`).replaceChildren(...parts);
  at(`${name}-top`).textContent = say(most);
}

function svg(name, attributes) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

/** The next of 1, 2, 5, 10, 20, 50 … that is not below a value. */
function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value);
}

function rows(id, all) {
  at(id).replaceChildren(...all.map(rowOf));
}

function rowOf(cells) {
  const tr = document.createElement('tr');
  for (const [text, kind] of cells) {
    const td = document.createElement('td');
    td.textContent = text;
    td.className = kind;
    tr.append(td);
  }
  return tr;
}

const combined = /^(\S+) - - \[[^:]+:(\S+) [^\]]+\] "(\S+) (.*) HTTP\/[\d.]+" (\d+) (\d+) "(?:[^"]*)" "([^"]*)" id=(\d+)$/;

function lineOf(line) {
  const [, client, time, method, path, status, size, agent, id] = combined.exec(line) ?? ['', '', '', '', line, '', '', '', ''];
  const kind = { 4: 'behind', 5: 'gone' }[status[0]] ?? 'even';
  // the product that says most: Firefox/145.0 of a long list
  const product = /(Firefox|Safari|curl)\/[\d.]+/.exec(agent)?.[0] ?? agent;
  return rowOf([
    [id, 'number soft'],
    [time, 'soft'],
    [client, 'soft wide'],
    [method, ''],
    [path, 'fill'],
    [status, kind],
    [size, 'number wide'],
    [product, 'soft wide'],
  ]);
}

const events = new EventSource('events');
events.onmessage = ({ data }) => show(JSON.parse(data));
events.onerror = () => pill('gone', 'the viewer has ended');
