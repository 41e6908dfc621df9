import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { version } from '#shared/version.ts';
import { Refused } from '../../../sidecars/attach/attached.ts';
import { quoted, quotedOfCompose } from '../../../sidecars/attach/run/shell.ts';
import { runLine } from '../../../sidecars/attach/verbs/run.ts';
import { attach, folderWith } from './command.ts';

const how = { file: 'compose.yaml', images: undefined, tag: undefined, build: undefined };
const hardened = '--read-only --cap-drop ALL --security-opt no-new-privileges --pids-limit 64 --memory 64m';

/** The line for words, without the hardening that most have. */
function line(words: string, env: readonly string[] = []): string {
  const { text, notes } = runLine({ words: words.split(' '), env }, undefined, how);
  assert.deepEqual(notes, []);
  return text.replace(`:${version}`, '').replace(hardened, 'HARDENED');
}

/** The line beside a service of a compose file whose `x-sidekick` is given, and what it has beside. */
function beside(words: string, wish: string, more = '', rest = '') {
  const text = `services:\n  web:\n    image: nginx\n    x-sidekick: ${wish}\n${more}  db: {}\n${rest}`;
  const { text: found, notes } = runLine(
    { words: words.split(' '), env: [] },
    { text, name: 'compose.yaml', path: 'a/compose.yaml' },
    how,
  );
  return {
    text: found
      .replace(`:${version}`, '')
      .replace(hardened, 'HARDENED')
      .replaceAll('$(docker compose -f a/compose.yaml ps -q web)', 'WEB'),
    notes,
  };
}

describe('beside a container', () => {
  for (const [words, expected] of [
    ['web netprobe', '-d --restart unless-stopped --name web-netprobe --net container:web HARDENED sidekick/netprobe'],
    ['web netprobe top', '--rm -it --net container:web HARDENED sidekick/netprobe top'],
    ['web netprobe ss -tln', '--rm -it --net container:web HARDENED sidekick/netprobe ss -tln'],
    ['web netprobe ss --json', '--rm --net container:web HARDENED sidekick/netprobe ss --json'],
    ['web netprobe --check', '--rm --net container:web HARDENED sidekick/netprobe --check'],
    [
      'web logs',
      '-d --restart unless-stopped --name web-logs --volumes-from web:ro -v web-logs-state:/state HARDENED sidekick/logs',
    ],
    [
      'web logs --once /data/*.log',
      "--rm --volumes-from web:ro -v web-logs-state:/state HARDENED sidekick/logs --once '/data/*.log'",
    ],
    ['web logs tail -n 3 /data/*.log', "--rm -it --volumes-from web:ro HARDENED sidekick/logs tail -n 3 '/data/*.log'"],
    ['web logs verify', '--rm -it --volumes-from web:ro -v web-logs-state:/state HARDENED sidekick/logs verify'],
    [
      'web logs --to loki+http://loki:3100',
      '-d --restart unless-stopped --name web-logs --net container:web --volumes-from web:ro -v web-logs-state:/state HARDENED sidekick/logs --to loki+http://loki:3100',
    ],
    [
      'web logs --to https://logs.example/in',
      '-d --restart unless-stopped --name web-logs --volumes-from web:ro -v web-logs-state:/state HARDENED sidekick/logs --to https://logs.example/in',
    ],
    [
      'web ambassador 6379=redis-1:6379?check=tcp&hold=1s',
      "-d --restart unless-stopped --name web-ambassador --net container:web HARDENED sidekick/ambassador '6379=redis-1:6379?check=tcp&hold=1s'",
    ],
  ] as const)
    test(words, () => assert.equal(line(words), `docker run ${expected}`));

  for (const words of ['ps', 'files 1', 'ss -tlnp', 'ss --processes'])
    test(`netprobe ${words} looks into the processes of another user`, () => {
      const rights =
        '--read-only --cap-drop ALL --cap-add SYS_PTRACE --user 0 --security-opt no-new-privileges --pids-limit 64 --memory 64m';
      assert.equal(
        line(`web netprobe ${words}`),
        `docker run --rm -it --net container:web --pid container:web ${rights} sidekick/netprobe ${words}`,
      );
    });

  test('backup reads what others own, and a restore may write it', () => {
    const of = (words: string) =>
      line(`db backup ${words}`, ['BACKUP_TO=s3://backups/db', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']);
    const given =
      '-e BACKUP_TO=s3://backups/db -e AWS_ACCESS_KEY_ID -e AWS_SECRET_ACCESS_KEY --read-only --tmpfs /tmp --cap-drop ALL';
    const limits = '--security-opt no-new-privileges --pids-limit 64 --memory 192m sidekick/backup';
    assert.equal(
      of('now'),
      `docker run --rm -it --volumes-from db:ro -v db-backup-state:/state ${given} --cap-add DAC_READ_SEARCH --user 0 ${limits} now`,
    );
    assert.equal(
      of('restore --to / --overwrite'),
      `docker run --rm -it --volumes-from db ${given} --cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add FOWNER --cap-add FSETID --user 0 ${limits} restore --to / --overwrite`,
    );
    assert.equal(of('list'), `docker run --rm -it ${given} ${limits} list`);
    assert.equal(
      of('show 20260101T000000Z-000000 /etc/x'),
      `docker run --rm ${given} ${limits} show 20260101T000000Z-000000 /etc/x`,
    );
    assert.match(of('--schedule @daily'), /^docker run -d --restart unless-stopped --name db-backup --volumes-from db:ro /);
  });

  test('a store in a folder is a volume, and a database is reached by the network', () => {
    const text = line('db backup now', ['BACKUP_TO=file:///backups/x', 'BACKUP_SOURCES=postgres://backup@db/app', 'PGPASSWORD']);
    assert.match(text, /^docker run --rm -it --net container:db -v db-backup-state:\/state -v db-backups:\/backups -e /);
    assert.doesNotMatch(text, /--volumes-from|--user|--cap-add/);
    const restored = line('db backup restore --to mysql://db/app', ['BACKUP_TO=s3://backups/db']);
    assert.match(
      restored,
      /^docker run --rm -it --net container:db -e .* sidekick\/backup-mariadb restore --to mysql:\/\/db\/app$/,
    );
  });

  test('images have the tag and the prefix that are given', () => {
    const { text } = runLine({ words: ['web', 'netprobe', 'top'], env: [] }, undefined, {
      ...how,
      images: 'registry.example/',
      tag: '9',
    });
    assert.match(text, / registry\.example\/netprobe:9 top$/);
  });
});

describe('what the sidecar would refuse is told before', () => {
  for (const [words, said] of [
    ['web netprob top', /^netprob is no sidecar; did you mean netprobe\?$/],
    ['web frobnicate', /^frobnicate is no sidecar; there are logs, backup, ambassador, netprobe$/],
    ['netprobe web top', /^web is no sidecar; the container comes first: run web netprobe$/],
    ['a/b netprobe', /^a\/b is no name of a container or a service$/],
    ['web netprobe topp', /^sidekick\/netprobe would refuse this:\n {2}topp is no verb; did you mean top\?$/],
    ['web netprobe top --every=1', /--every=1 needs a unit/],
    ['web netprobe dns', /a NAME is needed/],
    ['web ambassador', /AMBASSADOR_ROUTES is not set/],
    ['web backup list', /BACKUP_TO is missing/],
    ['web logs --token x', /--token is no flag, because a command line is seen by everybody/],
  ] as const)
    test(words, () =>
      assert.throws(
        () => line(words),
        (error: Error) => said.test(error.message),
      ),
    );

  test('and what nobody knows yet is taken for given', () => {
    assert.match(line('db backup list', ['BACKUP_TO', 'BACKUP_PASSPHRASE']), /-e BACKUP_TO -e BACKUP_PASSPHRASE/);
    assert.throws(
      () => line('db backup list', ['BACKUP_TO', 'BACKUP_NOTIFY_ONN=x']),
      /BACKUP_NOTIFY_ONN \(environment\) is no option/,
    );
  });
});

describe('beside a service of a compose file', () => {
  test('its settings are taken over, and the container is asked for', () => {
    assert.equal(
      beside('web netprobe top', '{ netprobe: { checks: ["tcp://db:5432"], interval: 5s } }').text,
      'docker run --rm -it --net container:WEB -e NETPROBE_CHECKS=tcp://db:5432 -e NETPROBE_INTERVAL=5s HARDENED sidekick/netprobe top',
    );
    assert.equal(
      beside('web logs', '{ logs: { paths: "/var/log/*.log" } }').text,
      "docker run -d --restart unless-stopped --name web-logs --volumes-from WEB:ro -v web-logs-state:/state -e LOGS_PATHS='/var/log/*.log' HARDENED sidekick/logs",
    );
    assert.match(
      beside('db netprobe top', '{}').text,
      /^docker run --rm -it --net container:\$\(docker compose -f a\/compose\.yaml ps -q db\) HARDENED/,
    );
  });

  test('secrets stand on no command line', () => {
    const { text } = beside(
      'web logs',
      '{ logs: { to: "https://logs.example/", token: { environment: TOKEN }, ca: { file: ./ca.pem }, headers: { secret: word } } }',
      '',
      'secrets: { word: { file: ./word } }\n',
    );
    assert.match(text, /^LOGS_TOKEN="\$TOKEN" docker run /);
    assert.match(text, / -e LOGS_TOKEN /);
    assert.match(text, / -v \.\/a\/ca\.pem:\/run\/secrets\/logs-ca:ro -e LOGS_CA=\/run\/secrets\/logs-ca /);
    assert.match(text, / -v \.\/a\/word:\/run\/secrets\/logs-headers:ro -e LOGS_HEADERS_FILE=\/run\/secrets\/logs-headers /);
  });

  test('what compose would fill in, the shell does', () => {
    const { text } = beside('web logs', `{ logs: { to: "\${LOGS_URL:-https://x/}?a=1", labels: { price: "5$$" } } }`);
    assert.match(text, / -e LOGS_TO="\$\{LOGS_URL:-https:\/\/x\/\}\?a=1" /);
    assert.match(text, / -e LOGS_LABELS='price=5\$' /);
    assert.match(text, / --net container:WEB /);
  });

  test('its network is joined where it begins', () => {
    const net = (mode: string) =>
      / --net (\S+(?: [^)]*\))?)/.exec(beside('web netprobe top', '{}', `    network_mode: ${mode}\n`).text)?.[1];
    assert.equal(net('service:db'), 'container:$(docker compose -f a/compose.yaml ps -q db)');
    assert.equal(net('host'), 'host');
    assert.equal(net('"container:x"'), 'container:x');
  });

  test('of several containers the first is taken', () => {
    assert.match(
      beside('web netprobe top', '{}', '    scale: 3\n').text,
      /container:\$\(docker compose -f a\/compose\.yaml ps -q web \| head -n 1\) /,
    );
  });

  test('keys of compose become flags where docker run has them, and what is left out is told', () => {
    const { text, notes } = beside(
      'web logs',
      '{ logs: { service: { user: "33", group_add: [4], mem_limit: 128m, labels: { a: b } } } }',
    );
    assert.match(text, / HARDENED --user 33 --group-add 4 --memory 128m sidekick\/logs$/);
    assert.deepEqual(notes, ['service.labels of web is left out, as docker run has no such flag that would do']);
  });

  test('what cannot be done beside a container that runs is told', () => {
    assert.throws(
      () => beside('web ambassador', '{ ambassador: { hosts: ["redis:6379"] } }'),
      /hosts and links of web change the service itself/,
    );
    assert.throws(
      () => beside('wen logs', '{}'),
      (error) => error instanceof Refused && /wen is no service of this file; did you mean web\?/.test(error.message),
    );
    assert.throws(() => beside('web logs', '{ logs: { pathes: x } }'), /compose\.yaml:4:\d+: .*did you mean paths\?/);
  });
});

describe('a shell reads the line', () => {
  /** What a program called docker is given by a line, where containers of compose are called abc. */
  function givenToDocker(t: TestContext, text: string, env: Readonly<Record<string, string>> = {}): string[] {
    const folder = folderWith(t, {
      docker: '#!/bin/sh\nif [ "$1" = compose ]; then echo abc; else printf "%s\\0" "$@" "TOKEN=$LOGS_TOKEN"; fi\n',
    });
    chmodSync(join(folder, 'docker'), 0o755);
    const { stdout, stderr } = spawnSync('sh', ['-c', text], {
      encoding: 'utf8',
      env: { PATH: `${folder}:${process.env.PATH}`, ...env },
    });
    assert.equal(stderr, '');
    return stdout.split('\0').slice(0, -1);
  }

  test('to the same words', (t) => {
    const words = ["it's", '', 'a b', '$HOME `id` "\\', '*', '~', '#x', 'ä\nb', '-n', '!!', '{a,b}', 'a=b', ';', '&'];
    const text = `docker ${words.map(quoted).join(' ')}`;
    assert.deepEqual(givenToDocker(t, text).slice(0, -1), words);
  });

  test('with the container, and with secrets that are in no word', (t) => {
    const { text } = runLine(
      { words: ['web', 'logs', 'tail', "/var/log/it's/*.log"], env: [] },
      {
        text: `services: { web: { x-sidekick: { logs: { to: "https://x.example/$\${A}/\${B:-c d}", token: { environment: MINE } } } } }\n`,
        name: 'x',
        path: "my 'files/compose.yaml",
      },
      how,
    );
    const given = givenToDocker(t, text, { MINE: 'secret "x"' });
    assert.ok(given.includes('abc:ro'), given.join('\n'));
    assert.deepEqual(given.slice(-4), [`sidekick/logs:${version}`, 'tail', "/var/log/it's/*.log", 'TOKEN=secret "x"']);
    assert.ok(given.includes(`LOGS_TO=https://x.example/\${A}/c d`), given.join('\n'));
    assert.doesNotMatch(given.slice(0, -1).join(' '), /secret/);
  });

  test('a text of compose, whatever stands in it', (t) => {
    for (const [text, expected] of [
      ['$$', '$'],
      [`\${A}`, 'a'],
      ['$A-$$A', 'a-$A'],
      [`"\${A}" \`x\` \\ \${NONE:-it's}`, '"a" `x` \\ it\'s'],
      ['5$', '5$'],
    ] as const)
      assert.equal(givenToDocker(t, `docker ${quotedOfCompose(text)}`, { A: 'a' })[0], expected, text);
  });
});

test('attach run prints the line, and what it leaves out on stderr', (t) => {
  const cwd = folderWith(t, { 'compose.yaml': 'services: { web: { x-sidekick: { logs: { service: { init: true } } } } }\n' });
  const { status, stdout, stderr } = attach(['run', '-f', 'compose.yaml', 'web', 'logs', '--', 'tail', '-n', '3'], { cwd });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^docker run --rm -it --volumes-from \$\(docker compose -f compose\.yaml ps -q web\):ro .* tail -n 3\n$/);
  assert.match(stderr, /^sidekick\/attach: service\.init of web is left out/);
  const refused = attach(['run', 'web', 'netprobe', 'topp'], { cwd });
  assert.deepEqual([refused.status, refused.stdout], [64, '']);
  assert.match(attach(['run', 'web']).stderr, /a CONTAINER and a SIDECAR are needed/);
});
