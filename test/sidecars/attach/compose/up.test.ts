import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ComposeProject } from '#harness/compose.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { attachCompose } from '../../../../sidecars/attach/compose/attach.ts';
import { removeFromCompose } from '../../../../sidecars/attach/compose/remove.ts';

/** A compose file in a folder of its own, with what attach makes of it beside it. */
class Files {
  readonly #path = mkdtempSync(join(tmpdir(), 'sidekick-'));

  /** Writes both; the images are built from this clone, each project's under a name of its own. */
  write(services: string): { readonly before: string; readonly after: string } {
    const build = fileURLToPath(new URL('../../../../', import.meta.url));
    const before = `x-sidekick: { images: "\${TAG}/", tag: 0.1.0, build: ${build} }\n${services}`;
    const after = attachCompose(before, { file: 'compose.yaml', images: undefined, tag: undefined, build: undefined }).text;
    this.put('compose.yaml', before);
    this.put('compose.sidekick.yaml', after);
    return { before, after };
  }

  /** Brings it up. The folder goes after the project, which is taken down by the files in it. */
  async up(t: TestContext, files: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<ComposeProject> {
    try {
      return await ComposeProject.up(t, { folder: pathToFileURL(`${this.#path}/`), files, env });
    } finally {
      t.after(() => rmSync(this.#path, { recursive: true }));
    }
  }

  put(name: string, text: string): void {
    writeFileSync(join(this.#path, name), text);
    // user 65532 reads it
    chmodSync(join(this.#path, name), 0o644);
  }
}

/** A program as the command of a service. */
function program(code: string): string {
  return `image: node:26-trixie-slim\n    init: true\n    command: [node, --eval, ${JSON.stringify(code)}]`;
}

/** Answers with its own name. */
const replier = "require('node:http').createServer((_, answer) => answer.end(require('node:os').hostname())).listen(6379)";
/** Asks a service often, each time over a connection of its own, and prints who answered. */
const asking = `
  const answers = new Set();
  for (let i = 0; i < 30; i += 1)
    answers.add(await (await fetch('http://redis:6379/', { headers: { connection: 'close' } })).text());
  console.log([...answers].sort().join());`;

test('every replica reaches every replica of a target, also when all are made anew', needs('docker'), async (t) => {
  const files = new Files();
  const shop = (round: number) => `services:
  web:
    ${program(`setInterval(() => {}, 1e6) // ${round}`)}
    scale: 2
    security_opt: [no-new-privileges:true]
    x-sidekick: { ambassador: { hosts: [redis:6379] } }
  redis:
    ${program(replier)}
    scale: 3
`;
  const { before, after } = files.write(shop(1));
  // over the original, as a person may
  const compose = await files.up(t, ['compose.yaml', 'compose.sidekick.yaml']);
  const everyone = (await compose.run('ps', '--quiet', 'redis')).split('\n').map((id) => id.slice(0, 12));
  const reached = (index: number) =>
    compose.run('exec', '-T', '--index', String(index), 'web', 'node', '--input-type=module', '--eval', asking);
  assert.equal(everyone.length, 3);
  for (const index of [1, 2]) assert.equal(await reached(index), everyone.sort().join());
  assert.deepEqual(await compose.changedFrom('compose.yaml'), { web: ['extra_hosts'] });

  files.write(shop(2));
  await compose.run('up', '--wait', '--timeout', '1');
  for (const index of [1, 2]) assert.equal(await reached(index), everyone.sort().join());

  assert.equal(removeFromCompose(after, 'compose.sidekick.yaml'), before);
});

/** Keeps what is posted, and tells it: by path the lines and who sent them. */
const receiver = `
  const seen = [];
  require('node:http').createServer((request, answer) => {
    if (request.method === 'GET') return answer.end(JSON.stringify(seen));
    let body = '';
    request.on('data', (chunk) => { body += chunk; });
    request.on('end', () => {
      for (const line of body.trim().split('\\n'))
        seen.push([request.url, request.headers.authorization, JSON.parse(line).message].join(' '));
      answer.end();
    });
  }).listen(8080)`;
const writer =
  "require('node:fs').writeFileSync('/var/log/app/a.log', 'of ' + require('node:os').hostname() + '\\n'); setInterval(() => {}, 1e6)";

test('files are read wherever they are, with secrets of every sort', needs('docker'), async (t) => {
  const files = new Files();
  files.put('token', 't0ken\n');
  files.put('passphrase', 'open sesame\n');
  files.write(`services:
  web:
    ${program(writer)}
    scale: 2
    volumes: [/var/log/app]
    x-sidekick:
      logs: { paths: /var/log/app/*.log, to: http://receiver:8080/web, token: { file: ./token } }
  worker:
    ${program(writer)}
    volumes: [data:/var/log/app]
    x-sidekick:
      logs: { paths: /var/log/app/*.log, to: http://receiver:8080/worker, user: me, password: { environment: PASSWORD } }
      backup: { sources: /var/log/app, to: "file:///backups", passphrase: { secret: sesame } }
  receiver:
    ${program(receiver)}
    healthcheck: { test: [CMD, node, --eval, "fetch('http://127.0.0.1:8080/').catch(() => process.exit(1))"], start_period: 30s, start_interval: 1s }
secrets: { sesame: { file: ./passphrase } }
volumes: { data: {} }
`);
  const compose = await files.up(t, ['compose.sidekick.yaml'], { PASSWORD: 'secret' });
  const named = async (service: string) => (await compose.run('ps', '--quiet', service)).split('\n').map((id) => id.slice(0, 12));
  const expected = [
    ...(await named('web')).map((name) => `/web Bearer t0ken of ${name}`),
    ...(await named('worker')).map((name) => `/worker Basic ${btoa('me:secret')} of ${name}`),
  ].sort();
  const ask = "fetch('http://127.0.0.1:8080/').then((answer) => answer.text()).then(console.log)";
  let seen: string[] = [];
  await until('every line is there', async () => {
    seen = JSON.parse(await compose.run('exec', '-T', 'receiver', 'node', '--eval', ask));
    return seen.length >= expected.length;
  });
  assert.deepEqual(seen.sort(), expected);

  const backup = (...words: readonly string[]) =>
    compose.run('exec', '-T', 'worker-backup', '/usr/local/bin/node', '/sidekick/backup.cjs', ...words);
  await backup('now');
  const saved: { counts: { files: number } }[] = JSON.parse(await backup('list', '--json'));
  assert.deepEqual(
    saved.map(({ counts }) => counts.files),
    [1],
  );
  assert.deepEqual(await compose.changedFrom('compose.yaml'), {});
});
