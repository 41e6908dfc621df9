import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { freePort } from '#harness/free-port.ts';
import { silent, TcpServer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { Health } from '#shared/health.ts';
import { triggerKind } from '../../../../../sidecars/netprobe/capture/recorder/trigger.ts';
import { Triggers } from '../../../../../sidecars/netprobe/capture/recorder/triggers.ts';

/** Triggers that are asked often, until the test ends; what they fired, and what they said. */
function watch(t: TestContext, texts: readonly string[], withPart = true) {
  const fired: string[] = [];
  const said: unknown[] = [];
  const part = new Health().part('triggers');
  const log = { warn: (...words: unknown[]) => void said.push(words) };
  const stop = new AbortController();
  atEnd(t, () => stop.abort());
  const fire = (reason: string) => void fired.push(reason);
  new Triggers(texts.map(triggerKind.parse), { every: 30, log, fire, ...(withPart && { part }) }).start(stop.signal);
  return { fired, said, part, stop };
}

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(t, () => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

/** A server whose answer the test changes, and which tells how often it was asked. */
async function scripted(t: TestContext) {
  const answer = { status: 200, text: '', asked: 0 };
  const url = await serve(t, (_, response) => {
    response.writeHead(answer.status).end(answer.text);
    answer.asked += 1;
  });
  const change = async (changes: Partial<typeof answer>) => {
    Object.assign(answer, changes);
    const before = answer.asked;
    // the answer to the first of these is taken in when the next one is asked for
    await until('it was asked twice', () => answer.asked >= before + 2);
  };
  return { url, answer, change };
}

describe('triggers', () => {
  test('fire twice where an answer is good, bad, good, bad', async (t) => {
    const { url, change } = await scripted(t);
    const { fired, part } = watch(t, [`${url}/health`]);
    await change({});
    for (const status of [503, 399, 404]) await change({ status });
    const bad = `${url}/health fails: HTTP`;
    assert.deepEqual(fired, [`${bad} 503 Service Unavailable`, `${bad} 404 Not Found`]);
    assert.equal(part.state, 'ok');
  });

  test('fire where nobody listens any more, and do not where nobody ever did', async (t) => {
    const server = await TcpServer.listen(t, ({ socket }) => socket.once('data', () => socket.end('HTTP/1.1 204 No\r\n\r\n')));
    const gone = `http://127.0.0.1:${server.port}/`;
    const never = `http://127.0.0.1:${await freePort()}/`;
    const { fired, part } = watch(t, [gone, never]);
    await server.peer(1);
    await server.close();
    await until('it fired', () => fired.length > 0);
    // the last one that was asked may have been under way
    assert.match(fired[0] ?? '', new RegExp(`^${gone} fails: (connection re(fused|set) |the connection is closed )`));
    await until('the other one is told of', () => part.state === 'degraded');
    assert.match(part.reason, new RegExp(`^${never} was never well: connection refused`));
    assert.equal(fired.length, 1);
  });

  test('fire where a server hangs, after some seconds, and ask nobody twice at once', async (t) => {
    let hangs = false;
    let open = 0;
    let most = 0;
    const url = await serve(t, (_, response) => {
      open += 1;
      most = Math.max(most, open);
      response.on('close', () => {
        open -= 1;
      });
      if (!hangs) response.end();
    });
    const { fired } = watch(t, [url]);
    await until('it was asked', () => most > 0);
    await until('it was answered', () => open === 0);
    hangs = true;
    await until('it fired', () => fired.length > 0);
    assert.deepEqual(fired, [`${url} fails: timeout: no answer within 3000 ms`]);
    assert.equal(most, 1);
  });

  test('read metrics, and fire as each says', async (t) => {
    const { url, change } = await scripted(t);
    const { fired, part } = watch(t, [
      `${url}/metrics queue{name="a"} > 5`,
      `${url}/metrics errors_total increases by 10`,
      `${url}/metrics up == 0`,
    ]);
    await change({ text: 'queue{name="a"} 5\nqueue{name="b"} 50\nerrors_total 100\nup 1\n' });
    await until('all are asked', () => part.state === 'ok');
    assert.deepEqual(fired, []);
    await change({ text: 'queue{name="a"} 6\nerrors_total 109\nup 1\n' });
    await until('one fired', () => fired.length === 1);
    await change({ text: 'queue{name="a"} 7\nerrors_total 12\nup 1\n' });
    await until('another one fired', () => fired.length === 2);
    await change({ text: 'queue{name="a"} 7\nerrors_total 12\nup 0\n' });
    await until('the last one fired', () => fired.length === 3);
    assert.deepEqual(fired, [
      `${url}/metrics queue{name="a"} > 5: {name="a"} is 6`,
      `${url}/metrics errors_total increases by 10: it grew by 12`,
      `${url}/metrics up == 0: it is 0`,
    ]);
  });

  test('tell that there is no such metric, that a page cannot be read, and that all is well again', async (t) => {
    const { url, answer, change } = await scripted(t);
    const { fired, part } = watch(t, [`${url}/metrics queue > 5`]);
    await until('the metric is missed', () => part.reason.includes('there is no such series'));
    await change({ status: 500 });
    await until('the answer is told', () => part.reason.includes('HTTP 500 Internal Server Error'));
    await change({ status: 200, text: 'queue many\n' });
    await until('the line is told', () => part.reason.includes('queue many'));
    answer.text = 'queue 5\n';
    await until('all is well', () => part.state === 'ok');
    assert.deepEqual(fired, []);
  });

  test('end in their time where a page never ends', async (t) => {
    let endless = false;
    const url = await serve(t, (_, response) => {
      response.write('queue 5\n');
      if (!endless) response.end();
    });
    const { part } = watch(t, [`${url}/metrics queue > 5`]);
    await until('it is read', () => part.state === 'ok');
    endless = true;
    await until('it is told', () => part.reason.includes('timeout: no answer within 3000 ms'));
  });

  test('take no page that is too long', async (t) => {
    const url = await serve(t, (_, response) => {
      const more = () => void response.write(Buffer.alloc(2 ** 20, 'x 1\n'), (error) => !error && more());
      more();
    });
    const { part } = watch(t, [`${url}/metrics queue > 5`]);
    await until('it is told', () => part.reason.includes('its page is longer than 32 MiB'));
  });

  test('log what troubles them where nobody asks for their health, once', async (t) => {
    const { url, change } = await scripted(t);
    const { said } = watch(t, [`${url}/metrics queue > 5`], false);
    await change({});
    await change({});
    assert.deepEqual(said, [[`${url}/metrics queue > 5: there is no such series until now`]]);
  });

  test('end when they are told to, also while nobody answers', async (t) => {
    const server = await TcpServer.listen(t, silent);
    const { stop, fired, said } = watch(t, [`http://127.0.0.1:${server.port}/`]);
    const peer = await server.peer();
    stop.abort();
    await peer.ending;
    assert.deepEqual([fired, said], [[], []]);
  });
});
