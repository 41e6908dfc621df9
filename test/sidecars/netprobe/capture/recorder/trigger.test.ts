import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { list } from '#shared/config/collections.ts';
import { Invalid } from '#shared/config/kinds.ts';
import { samplesOf } from '../../../../../sidecars/netprobe/capture/recorder/metrics-page.ts';
import { type Trigger, triggerKind } from '../../../../../sidecars/netprobe/capture/recorder/trigger.ts';
import { type TriggerFinding, watchTrigger } from '../../../../../sidecars/netprobe/capture/recorder/trigger-watch.ts';

const page = 'http://127.0.0.1:9804/metrics';

/** What a trigger asks, without where. */
function conditionIn(text: string): Omit<Trigger, 'target' | 'text'> {
  const { target: _, text: written, ...condition } = triggerKind.parse(text);
  assert.equal(written, text);
  return condition;
}

describe('a trigger', () => {
  test('is a URL alone', () => {
    const { type, target } = triggerKind.parse('https://api/health?deep=1');
    assert.equal(type, 'answer');
    assert.deepEqual([target.type, target.host, target.port, target.path], ['https', 'api', 443, '/health?deep=1']);
  });

  for (const [words, condition] of [
    ['up == 0', { type: 'bound', selector: { name: 'up', labels: {} }, comparison: '==', bound: 0 }],
    ['up{job="web"}<1', { type: 'bound', selector: { name: 'up', labels: { job: 'web' } }, comparison: '<', bound: 1 }],
    ['a:b_c{} >= -1.5e3', { type: 'bound', selector: { name: 'a:b_c', labels: {} }, comparison: '>=', bound: -1500 }],
    ['x <= .5', { type: 'bound', selector: { name: 'x', labels: {} }, comparison: '<=', bound: 0.5 }],
    ['x!=2', { type: 'bound', selector: { name: 'x', labels: {} }, comparison: '!=', bound: 2 }],
    [
      'x{a="1, 2", b = "} \\"q\\" \\\\ \\n" ,} > 5',
      { type: 'bound', selector: { name: 'x', labels: { a: '1, 2', b: '} "q" \\ \n' } }, comparison: '>', bound: 5 },
    ],
    ['x{a="b"} increases by 10', { type: 'growth', selector: { name: 'x', labels: { a: 'b' } }, by: 10 }],
    ['x  increases  by  0.5', { type: 'growth', selector: { name: 'x', labels: {} }, by: 0.5 }],
  ] as const)
    test(`is a URL and ${words}`, () => assert.deepEqual(conditionIn(`${page} ${words}`), condition));

  for (const [text, problem] of [
    ['', /does not begin with http:/],
    ['tcp://redis:6379', /does not begin with http:/],
    ['up == 0', /does not begin with http:/],
    ['http://', /names no host/],
    ['http://admin:secret@web/metrics', /^holds a user or a password, which would be seen in files/],
    ['http://admin@web/metrics up == 0', /^holds a user or a password/],
    ['http://web:99999/', /port/],
    [`${page} up`, /no condition; write http/],
    [`${page} up = 0`, /no condition/],
    [`${page} up > `, /no condition/],
    [`${page} up > many`, /has a bound that is no number/],
    [`${page} up > Infinity`, /has a bound that is no number/],
    [`${page} up > 0x10`, /has a bound that is no number/],
    [`${page} 5xx > 1`, /no condition/],
    [`${page} up > 1 or so`, /no condition/],
    [`${page} up increases by 0`, /growth that is not above 0/],
    [`${page} up increases by -1`, /growth that is not above 0/],
    [`${page} up increases by lots`, /has a bound that is no number/],
    [`${page} up{job=web} > 1`, /labels that are not NAME="VALUE"/],
    [`${page} up{job="a" x="b"} > 1`, /labels that are not/],
    [`${page} up{job="a",job="b"} > 1`, /names the label job twice/],
    [`${page} up{job="a} > 1`, /no condition/],
  ] as const)
    test(`is refused: ${text}`, () =>
      assert.throws(
        () => triggerKind.parse(text),
        (error) => error instanceof Invalid && problem.test(error.message) && !error.message.includes('secret'),
      ));

  test('is written as it was read, also in a list', () => {
    const triggers = list(triggerKind);
    const text = `http://web/health,${page} x{a="1, 2",b="c"} > 5\n${page} x increases by 1`;
    const read = triggers.parse(text);
    assert.deepEqual(
      read.map(({ type }) => type),
      ['answer', 'bound', 'growth'],
    );
    assert.deepEqual(triggers.parse(triggers.format(read)), read);
  });
});

describe('a page of metrics', () => {
  const text = [
    '# HELP app_errors x up 9',
    'app_errors_total 1',
    'my_app_errors 2',
    'app_errors{code="500",path="/a{b}\\"c\\\\"} 3',
    'app_errors{code="404"} 4.5e1 1700000000000',
    'app_errors{ path = "\\n" , code="500", } 5 # {trace="1"} 1',
    'app_errors\t+Inf',
    'app_errors NaN',
    'note{text="app_errors 7"} 8',
    'app_errors{code="500"} -6',
  ].join('\r\n');

  test('has samples of a name, whatever else is on it', () => {
    const values = samplesOf(text, { name: 'app_errors', labels: {} }).map(({ value }) => value);
    assert.deepEqual(values, [3, 45, 5, Infinity, Number.NaN, -6]);
  });

  test('has samples with labels', () => {
    const values = (labels: Record<string, string>) => samplesOf(text, { name: 'app_errors', labels }).map(({ value }) => value);
    assert.deepEqual(values({ code: '500' }), [3, 5, -6]);
    assert.deepEqual(values({ code: '500', path: '/a{b}"c\\' }), [3]);
    assert.deepEqual(values({ path: '\n' }), [5]);
    // as Prometheus has it: no label is an empty one
    assert.deepEqual(values({ code: '' }), [Infinity, Number.NaN]);
    assert.deepEqual(values({ code: '503' }), []);
  });

  test('may be anything where nothing is asked of it', () => {
    assert.deepEqual(samplesOf('<html>app_errors</html>', { name: 'app_errors', labels: {} }), []);
    assert.deepEqual(samplesOf('', { name: 'app_errors', labels: {} }), []);
  });

  for (const line of [
    'app_errors many',
    'app_errors{a="b" 1',
    'app_errors{a=b} 1',
    'app_errors{a="b"} 1 2 3',
    'app_errors 1_000',
  ])
    test(`is refused with the line ${line}`, () =>
      assert.throws(() => samplesOf(`x 1\n${line}\n`, { name: 'app_errors', labels: {} }), /it has a line/));
});

/** What is found at one look after the other; a number or a page was answered, a word is why not. */
function looks(text: string, ...answers: readonly (number | string | readonly string[])[]): TriggerFinding[] {
  const watch = watchTrigger(triggerKind.parse(text));
  return answers.map((answer) =>
    typeof answer === 'string'
      ? watch({ ok: false, detail: answer }, '')
      : watch({ ok: true, detail: 'HTTP 200 OK' }, typeof answer === 'number' ? `x ${answer}\n` : answer.join('\n')),
  );
}

/** At which looks something happened, from 0. */
function happened(...given: Parameters<typeof looks>): number[] {
  return looks(...given).flatMap(({ happened: words }, index) => (words === undefined ? [] : [index]));
}

describe('a trigger on an answer', () => {
  test('fires each time that it turns bad', () => {
    assert.deepEqual(happened('http://web/', 1, 1, 'HTTP 503', 'HTTP 503', 'refused', 1, 'HTTP 500', 1), [2, 6]);
    assert.equal(looks('http://web/', 1, 'HTTP 503')[1]?.happened, 'http://web/ fails: HTTP 503');
  });

  test('does not fire at what was bad from the beginning, and says so', () => {
    const found = looks('http://web/', 'refused', 'refused', 1, 'HTTP 500');
    assert.match(found[1]?.trouble ?? '', /^http:\/\/web\/ was never well: refused;/);
    assert.deepEqual(found[2], {});
    assert.equal(found[3]?.happened, 'http://web/ fails: HTTP 500');
  });
});

describe('a trigger on a bound', () => {
  test('fires each time that it becomes true, and not at what is true at first', () => {
    assert.deepEqual(happened(`${page} x > 5`, 5, 6, 7, 5, 6), [1, 4]);
    assert.deepEqual(happened(`${page} x > 5`, 6, 7, 5, 6), [3]);
    assert.equal(looks(`${page} x > 5`, 5, 6)[1]?.happened, `${page} x > 5: it is 6`);
  });

  for (const [condition, no, yes] of [
    ['>= 5', 4, 5],
    ['< 5', 5, 4],
    ['<= 5', 6, 5],
    ['== 5', 6, 5],
    ['!= 5', 5, 6],
  ] as const)
    test(`knows ${condition}`, () => assert.deepEqual(happened(`${page} x ${condition}`, no, yes), [1]));

  test('is true where it is for one series of many', () => {
    const found = looks(`${page} x{k="a"} > 5`, ['x{k="a",n="1"} 1', 'x{k="a",n="2"} 2'], ['x{k="b"} 9', 'x{k="a",n="2"} 6']);
    assert.deepEqual(found, [{}, { happened: `${page} x{k="a"} > 5: {k="a",n="2"} is 6` }]);
  });

  test('is as it was while it cannot be asked', () => {
    assert.deepEqual(happened(`${page} x > 5`, 6, 'refused', 6, 4, 'refused', 6), [5]);
    assert.equal(looks(`${page} x > 5`, 'refused')[0]?.trouble, `${page} x > 5: refused`);
    assert.match(looks(`${page} x > 5`, ['x y'])[0]?.trouble ?? '', /it has a line that is not a sample/);
  });

  test('is not true where there is no such series, and where it is no number', () => {
    assert.deepEqual(happened(`${page} x != 5`, ['y 1'], ['x NaN'], ['x 6']), [2]);
    assert.match(looks(`${page} x != 5`, ['y 1'])[0]?.trouble ?? '', /there is no such series until now$/);
  });
});

describe('a trigger on growth', () => {
  test('fires each time that so much is added between two looks', () => {
    assert.deepEqual(happened(`${page} x increases by 10`, 1000, 1009, 1019, 1029, 1030), [2, 3]);
    assert.equal(looks(`${page} x increases by 10`, 1, 12)[1]?.happened, `${page} x increases by 10: it grew by 11`);
  });

  test('takes a counter that begins anew as what it is', () => {
    assert.deepEqual(happened(`${page} x increases by 10`, 1000, 9, 19, 5), [2]);
    assert.deepEqual(happened(`${page} x increases by 10`, 1000, 12), [1]);
  });

  test('sums up all series, each by itself', () => {
    const first = ['x{n="1"} 100', 'x{n="2"} 100'];
    assert.deepEqual(happened(`${page} x increases by 10`, first, ['x{n="1"} 105', 'x{n="2"} 105']), [1]);
    assert.deepEqual(happened(`${page} x increases by 10`, first, ['x{n="1"} 112', 'x{n="2"} 3']), [1]);
    assert.deepEqual(happened(`${page} x increases by 10`, first, ['x{n="1"} 104', 'x{n="2"} 105']), []);
    assert.deepEqual(happened(`${page} x increases by 10`, first, [...first, 'x{n="3"} 10']), [1]);
    assert.deepEqual(happened(`${page} x{n="1"} increases by 10`, first, ['x{n="1"} 101', 'x{n="2"} 200']), []);
  });

  test('sees a series that was not there before begin at 0', () => {
    assert.deepEqual(happened(`${page} x increases by 3`, ['y 1'], ['y 1', 'x 3']), [1]);
  });

  test('compares with the last look that told something', () => {
    assert.deepEqual(happened(`${page} x increases by 10`, 100, 'refused', 110, 'refused', ['x y'], 119), [2]);
  });

  test('takes no account of what is no number', () => {
    assert.deepEqual(happened(`${page} x increases by 10`, ['x 1'], ['x NaN'], ['x +Inf'], ['x 2']), []);
  });
});
