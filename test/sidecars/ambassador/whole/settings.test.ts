// What a person who starts it is told, and by which exit code.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, closeSync, constants, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { atEnd } from '#harness/at-end.ts';
import { Authority } from '#harness/certificates.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { freePort } from '#harness/free-port.ts';
import { type Ended, runSidecar, SidecarProcess, startSidecar } from '#harness/process.ts';
import { dial, says, TcpServer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { codeOf } from '#shared/exit.ts';
import { Running, within } from './running.ts';

const main = fileURLToPath(new URL('../../../../sidecars/ambassador/main.ts', import.meta.url));

/** Runs it to its end. */
const run = (t: TestContext, words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runSidecar(t, 'ambassador', env, words);

/** Asserts that it ended with this code and told all of this. */
function ended({ code, stdout, stderr }: Ended, expected: number, ...told: readonly (string | RegExp)[]): void {
  const said = stdout + stderr;
  assert.equal(code, expected, said);
  for (const words of told)
    assert.ok(typeof words === 'string' ? said.includes(words) : words.test(said), `${words} in: ${said}`);
}

/** What a client of that port is told. */
async function greeting(t: TestContext, port: number, host = '127.0.0.1'): Promise<string> {
  const client = await dial(t, { port, host });
  client.end();
  assert.equal(await client.ending, 'FIN');
  return client.received.toString();
}

test('routes that are wrong: 64, and all that is wrong with all of them', within(), async (t) => {
  const words = [
    '6379=redis',
    '99999=redis:6379',
    '5432=db:5432?balanse=least',
    '81=web:80?hold=5',
    '80=web:80',
    '80=other:80',
    '7000=localhost:7000',
  ];
  const env = { AMBASSADOR_ENGINE: 'fast', AMBASSADOR_ROUTE: 'x', AMBASSADOR_DEFAULTS: 'sni=a.example' };
  ended(
    await run(t, words, env),
    64,
    /9 settings are wrong/,
    /6379=redis.*port/,
    '99999',
    /balanse.*did you mean balance\?/,
    /hold=5 .*unit/,
    /80=other:80/,
    /7000=localhost:7000.*leads back/,
    /AMBASSADOR_ENGINE=fast/,
    /AMBASSADOR_ROUTE .*did you mean AMBASSADOR_ROUTES\?/,
    /AMBASSADOR_DEFAULTS/,
    '--help',
  );
});

test('no routes at all: 64, and how to give some', within(), async (t) => {
  ended(await run(t, []), 64, 'AMBASSADOR_ROUTES is not set', '6379=redis:6379');
  ended(await run(t, [], { AMBASSADOR_LINKS: 'on' }), 64, 'the environment has no link');
});

for (const engine of ['net', 'splice'])
  describe(`where it cannot listen (${engine})`, () => {
    const env = { AMBASSADOR_ENGINE: engine };

    test('a port that is taken: 64, and which one', within(), async (t) => {
      const taken = await TcpServer.listen(t);
      const port = await freePort();
      const words = [`127.0.0.1:${port}=127.0.0.1:1`, `127.0.0.1:${taken.port}=127.0.0.1:1`];
      ended(await run(t, words, env), 64, `127.0.0.1:${taken.port} is taken by another program`, 'give the route another LISTEN');
    });

    test('an address of another machine, a folder that is not there: 64', within(), async (t) => {
      ended(await run(t, ['192.0.2.1:7000=127.0.0.1:1'], env), 64, '192.0.2.1:7000 is no address of this network namespace');
      ended(await run(t, ['unix:/no/such/socket=127.0.0.1:1'], env), 64, 'is in a folder that does not exist');
    });

    test('a privileged port, as an ordinary user: 77', within('root'), async (t) => {
      // a network of its own, where ports below 1024 are privileged whatever this machine says
      const script =
        'echo 1024 >/proc/sys/net/ipv4/ip_unprivileged_port_start && exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"';
      const child = spawn('unshare', ['--net', 'sh', '-c', script, 'sh', process.execPath, main, '80=127.0.0.1:8080'], {
        env: { PATH: process.env.PATH, AMBASSADOR_ADMIN: 'off', ...env },
      });
      const sidecar = new SidecarProcess(child);
      atEnd(t, () => sidecar.stop('SIGKILL'));
      ended(await sidecar.ended, 77, '80 may not be listened on by this user', 'ip_unprivileged_port_start=0');
    });
  });

test('a file of TLS that it may not read: 77, and who has to be let', within('root'), async (t) => {
  const [shut, open] = [temporaryFolder(t), temporaryFolder(t)];
  chmodSync(open, 0o755);
  for (const file of [join(shut, 'key.pem'), join(open, 'key.pem')]) {
    writeFileSync(file, 'secret', { mode: 0o600 });
    for (const option of ['tls-cert', 'tls-out=on&tls-out-ca']) {
      const child = spawn(process.execPath, [main, `${await freePort()}=127.0.0.1:1?${option}=${file}`], {
        env: { PATH: process.env.PATH, AMBASSADOR_ADMIN: 'off' },
        uid: 65_532,
        gid: 65_532,
      });
      const sidecar = new SidecarProcess(child);
      atEnd(t, () => sidecar.stop('SIGKILL'));
      ended(await sidecar.ended, 77, `${file} cannot be read: EACCES`, 'let uid 65532 read it');
    }
  }
});

test('SIGHUP while it starts: it goes on to start', within(), async (t) => {
  const folder = temporaryFolder(t);
  const slow = join(folder, 'slow.pem');
  execFileSync('mkfifo', [slow]);
  const sidecar = startSidecar(t, 'ambassador', {}, [`unix:${folder}/listen=127.0.0.1:1?tls-cert=${slow}`]);
  // who opens it to write finds somebody who reads: it waits for its certificate
  let writer = -1;
  await until('it reads its files', () => {
    try {
      writer = openSync(slow, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      assert.equal(codeOf(error), 'ENXIO');
    }
    return writer >= 0;
  });
  sidecar.child.kill('SIGHUP');
  writeSync(writer, 'no certificate');
  closeSync(writer);
  ended(await sidecar.ended, 64, `${slow} holds no certificate`);
});

test('--check: what is well, and where', within(), async (t) => {
  const backend = await TcpServer.listen(t);
  const port = await freePort();
  const { code, stdout } = await run(t, ['--check', `${port}=${backend.address}`, 'unix:/no/such/socket=localhost:1?name=other']);
  assert.equal(code, 1);
  assert.match(stdout, /^ok {4}engine: /m);
  assert.ok(stdout.includes(`ok    route ${port}: ${backend.address} answers\n`), stdout);
  assert.match(stdout, /^FAIL {2}route other: 127\.0\.0\.1:1: the connection is refused/m);
  const good = await run(t, ['--check', `${port}=${backend.address}`]);
  assert.equal(good.code, 0, good.stdout);
});

test('--check: names, files of TLS and checks', within('openssl'), async (t) => {
  const authority = new Authority(t);
  const { cert, key } = authority.issue('shop');
  const broken = join(temporaryFolder(t), 'broken.pem');
  writeFileSync(broken, 'no certificate');
  const plain = await TcpServer.listen(t, says('-ERR\r\n'));
  const at = (name: string, rest: string) => `unix:/tmp/${name}=${plain.address}?name=${name}&${rest}`;
  const { code, stdout } = await run(t, [
    '--check',
    at('good', `tls-cert=${cert}&tls-key=${key}`),
    at('mismatch', `tls-cert=${cert}&tls-key=${authority.caKey}`),
    at('broken', `tls-cert=${broken}`),
    at('deaf', `check=tls&tls-out-ca=${authority.ca}`),
    'unix:/tmp/nowhere=no-such-host.invalid:1?name=nowhere',
  ]);
  assert.equal(code, 1);
  assert.ok(stdout.includes(`ok    route good: ${plain.address} answers\n`), stdout);
  assert.match(stdout, /^FAIL {2}route mismatch: .*key/m);
  assert.ok(stdout.includes(`FAIL  route broken: ${broken}`), stdout);
  assert.match(stdout, /^FAIL {2}route deaf: .*does not speak TLS/m);
  assert.match(stdout, /^FAIL {2}route nowhere: .*no-such-host\.invalid/m);
});

test('--print-settings prints a settings file that starts the same', within(), async (t) => {
  const backend = await TcpServer.listen(t, says('the same'));
  const port = await freePort();
  const words = [`${port}=${backend.address}?hold=30s&name=cache`, '--resolve', '500ms', '--defaults', 'check=tcp'];
  const printed = await run(t, [...words, '--print-settings']);
  assert.equal(printed.code, 0);
  assert.match(printed.stdout, /^AMBASSADOR_RESOLVE=500ms {2}# (flag|command line)/m);
  assert.match(printed.stdout, /^AMBASSADOR_ENGINE=auto {2}# default$/m);
  const file = join(temporaryFolder(t), 'settings');
  writeFileSync(file, printed.stdout.replace(/^AMBASSADOR_ADMIN=.*$/m, ''));
  const again = await run(t, ['--settings', file, '--print-settings']);
  assert.deepEqual(valuesOf(again.stdout), valuesOf(printed.stdout));
  await Running.ready(t, [], { env: { SIDEKICK_SETTINGS: file } });
  assert.equal(await greeting(t, port), 'the same');
});

/** The lines of --print-settings without their origins, and without what every test sets. */
function valuesOf(text: string): string[] {
  const lines = text.split('\n').map((line) => line.replace(/ {2}# .*/, ''));
  return lines.filter((line) => !line.startsWith('AMBASSADOR_ADMIN'));
}

test('old links make routes, beside those that are given', within(), async (t) => {
  const [one, two, given] = [
    await TcpServer.listen(t, says('link')),
    await TcpServer.listen(t, says('link')),
    await TcpServer.listen(t, says('given')),
  ];
  const [linked, taken] = [await freePort(), await freePort()];
  const env = {
    AMBASSADOR_LINKS: 'on',
    [`REDIS_1_PORT_${linked}_TCP`]: `tcp://${one.address}`,
    [`REDIS_2_PORT_${linked}_TCP`]: `tcp://${two.address}`,
    [`DB_PORT_${taken}_TCP`]: 'tcp://192.0.2.1:5432',
    [`REDIS_1_PORT_${linked}_UDP`]: 'udp://192.0.2.1:53',
    AMBASSADOR_PORT_9000_TCP: 'tcp://192.0.2.1:9000',
  };
  const running = await Running.ready(t, [`${taken}=${given.address}`], { env });
  assert.equal(await greeting(t, linked), 'link');
  assert.equal(await greeting(t, taken), 'given');
  const { routes } = await running.status();
  const backends = Object.fromEntries(routes.map(({ name, backends }) => [name, backends.map(({ backend }) => backend)]));
  assert.deepEqual(backends, { [linked]: [one.address, two.address], [taken]: [given.address] });
  const wrong = { ...env, WEB_PORT_80_TCP: 'http://web', MAIL_PORT_0_TCP: 'tcp://mail:25' };
  ended(await run(t, [], wrong), 64, 'WEB_PORT_80_TCP=http://web', 'MAIL_PORT_0_TCP');
});

test('the words of older ambassadors: PORT HOST PORT', within(), async (t) => {
  const [a, b] = [await TcpServer.listen(t, says('a')), await TcpServer.listen(t, says('b'))];
  const [first, second] = [await freePort(), await freePort()];
  const words = [first, '127.0.0.1', a.port, second, '127.0.0.1', b.port, '127.0.0.1', a.port].map(String);
  const running = await Running.ready(t, words, {});
  assert.equal(await greeting(t, first), 'a');
  const { routes } = await running.status();
  assert.deepEqual(
    routes.map(({ backends }) => backends.length),
    [1, 2],
  );
});

test('two sidecars with one admin port: the second ends with 64 and says what to change', within(), async (t) => {
  const backend = await TcpServer.listen(t, says('still here'));
  const [admin, port] = [await freePort(), await freePort()];
  const env = { AMBASSADOR_ADMIN: `127.0.0.1:${admin}` };
  const first = startSidecar(t, 'ambassador', env, [`${port}=${backend.address}`]);
  await first.says('listening');
  const second = await run(t, [`${await freePort()}=${backend.address}`], env);
  ended(second, 64, `AMBASSADOR_ADMIN=127.0.0.1:${admin} is taken by another program`, 'AMBASSADOR_ADMIN=off');
  assert.equal(await greeting(t, port), 'still here');
  assert.equal((await run(t, [`1=${backend.address}`, '--healthy'], env)).code, 0);
});

test('a certificate that is not there: 64, of which route, and what to look at', within(), async (t) => {
  ended(
    await run(t, ['443=127.0.0.1:1?name=shop&tls-cert=/no/such.pem']),
    64,
    'route shop: /no/such.pem cannot be read: ENOENT; check the path',
  );
});

test('--healthy asks the one that carries the routes from before, while their file is wrong', within(), async (t) => {
  const backend = await TcpServer.listen(t, says('still here'));
  const [folder, port] = [temporaryFolder(t), await freePort()];
  const file = join(folder, 'routes');
  writeFileSync(file, `${port}=${backend.address}`);
  const env = { AMBASSADOR_ROUTES_FILE: file, AMBASSADOR_ADMIN: `unix:${join(folder, 'admin')}` };
  const sidecar = startSidecar(t, 'ambassador', env);
  await sidecar.says('listening');
  for (const [index, text] of ['garbage', '', undefined].entries()) {
    if (text === undefined) rmSync(file);
    else writeFileSync(file, text);
    await until('it is told', () => sidecar.log.filter(({ msg }) => String(msg).includes('stay as they were')).length > index);
    ended(await run(t, ['--healthy'], env), 0, '[~] routes degraded');
    const reason = ['garbage: is no route', 'it is empty', 'ENOENT: no such file or directory'][index];
    assert.ok(sidecar.log.some(({ msg }) => String(msg).includes(`stay as they were: ${file}: ${reason}`)));
  }
  assert.equal(await greeting(t, port), 'still here');
});

test('a file of routes that this user may not read: 77', within('root'), async (t) => {
  const file = join(temporaryFolder(t), 'routes');
  writeFileSync(file, '6379=192.0.2.1:1', { mode: 0o600 });
  const main = fileURLToPath(new URL('../../../../sidecars/ambassador/main.ts', import.meta.url));
  const child = spawn('setpriv', ['--reuid', '65534', '--regid', '65534', '--clear-groups', process.execPath, main], {
    env: { PATH: process.env.PATH, AMBASSADOR_ROUTES_FILE: file },
  });
  ended(await new SidecarProcess(child).ended, 77, `AMBASSADOR_ROUTES_FILE=${file} cannot be read: EACCES`);
});
