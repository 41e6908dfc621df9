import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type Container, Docker, type Finished, hardened } from '#harness/docker.ts';
import { until } from '#harness/until.ts';
import type { Manifest } from '../../sidecars/backup/catalog/manifest.ts';
import type { RunResult } from '../../sidecars/backup/run/events.ts';
import { testImage } from './baked.ts';

/** Where the application has its data. */
export const dataFolder = '/var/lib/app';

/** How a user has to run it who saves files of others. */
export const reader: readonly string[] = ['--user', '0', '--cap-add', 'DAC_READ_SEARCH'];

/** How a user has to run it who brings files of others back, with their owners and modes. */
export const restorer: readonly string[] = [
  ...['--user', '0', '--cap-add', 'CHOWN', '--cap-add', 'DAC_OVERRIDE'],
  ...['--cap-add', 'FOWNER', '--cap-add', 'FSETID'],
];

/** Data of several users, with one of most things that a volume can hold; then it stays. */
const fill = `
set -eu
cd ${dataFolder}
mkdir -p deep/er empty shared
echo deep >deep/er/file
head -c 300000 /dev/urandom >random
ln random deep/again
ln -s random link
ln -s /nowhere dangling
mkfifo fifo
seq 1 20000 >lines
truncate -s 5M holes
echo private >setuid
chown 1000:1000 random
chown 999:998 deep/er deep/er/file
chown 33:33 setuid
chown 12:34 shared
chown 7:7 lines
chown -h 1001:1001 link
chmod 600 lines
chmod 640 deep/er/file
chmod 700 deep/er
chmod 1777 empty
chmod 2770 shared
chmod 4750 setuid
touch -d '2001-02-03 04:05:06.789' lines deep/er
echo ready
trap 'exit 0' TERM
while :; do sleep 1; done
`;

/** A database in WAL mode, with changes that wait beside it: it is open, and nobody writes to it any more. */
const database = `
const { chmodSync } = require('node:fs');
const { DatabaseSync } = require('node:sqlite');
const file = '${dataFolder}/app.db';
const database = new DatabaseSync(file);
database.exec('PRAGMA journal_mode = WAL; CREATE TABLE rows (value TEXT)');
const row = database.prepare('INSERT INTO rows VALUES (?)');
for (let count = 0; count < 1000; count += 1) row.run('x'.repeat(200));
for (const [path, mode] of [['${dataFolder}', 0o777], [file, 0o666], [file + '-wal', 0o666], [file + '-shm', 0o666]]) chmodSync(path, mode);
console.log('ready');
process.on('SIGTERM', () => process.exit());
setInterval(() => {}, 1000);
`;

const dockerfile = `
FROM node:26-trixie-slim
COPY fill.sh database.cjs /
VOLUME ${dataFolder}
CMD ["sh", "/fill.sh"]
`;

/** All that is to be seen of a folder: types, modes, owners, sizes, times, links, and what is in files. */
const look = `
cd "$1"
find . ! -type d -printf '%y %m %U:%G %s %n %T@ %l %p\\n' | sort
find . -type d -printf '%y %m %U:%G %n %T@ %p\\n' | sort
find . -type f -exec sha256sum {} + | sort
`;

/** An application with a volume, another volume that is the store, and the sidecar between the two. */
export class Vault {
  readonly world: Docker;
  readonly application: Container;
  /** The volume that is the store. */
  readonly store: string;
  readonly #image: string;

  private constructor(world: Docker, application: Container, store: string, image: string) {
    this.world = world;
    this.application = application;
    this.store = store;
    this.#image = image;
  }

  /** @param command of the application: `node /database.cjs` has a database instead of many files. */
  static async open(t: TestContext, command: readonly string[] = []): Promise<Vault> {
    const world = new Docker(t);
    const image = await world.build(dockerfile, { 'fill.sh': fill, 'database.cjs': database });
    const [application, store] = await Promise.all([world.run(image, { command }), world.volume()]);
    await until('the application has its data', async () => (await application.logs()).stdout.includes('ready'));
    return new Vault(world, application, store, image);
  }

  /** The sidecar on its schedule, attached to the application. */
  async keep(flags: readonly string[] = []): Promise<Container> {
    return this.world.run(testImage('backup'), { flags: [...this.#attached, ...flags] });
  }

  /** The sidecar with a verb, attached to the application. */
  ask(command: readonly string[], flags: readonly string[] = []): Promise<Finished> {
    return this.world.finish(testImage('backup'), { flags: [...this.#attached, ...flags], command });
  }

  /** The sidecar with a verb, and with the volumes that the flags name alone. */
  askAlone(command: readonly string[], flags: readonly string[]): Promise<Finished> {
    return this.world.finish(testImage('backup'), { flags: [...this.#store, ...flags], command });
  }

  /** Makes a backup, or tries to. */
  async now(flags: readonly string[] = []): Promise<RunResult & { readonly log: string }> {
    const { stdout, stderr } = await this.ask(['now'], flags);
    const last = stdout.trimEnd().split('\n').at(-1) ?? '';
    assert.match(last, /^\{"event":"ended"/, `it told no end:\n${stdout}\n${stderr}`);
    return { ...JSON.parse(last), log: stderr };
  }

  /** The backups in the store. */
  async list(flags: readonly string[] = []): Promise<readonly Manifest[]> {
    const { code, stdout, stderr } = await this.ask(['list', '--json'], flags);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  }

  /** The names of the files in the store, without leases. */
  async stored(): Promise<string[]> {
    const { stdout } = await this.#run(['--volume', `${this.store}:/store`], 'find /store -type f -printf "%P\\n"');
    return stdout.split('\n').filter((name) => name !== '' && !name.startsWith('lease-'));
  }

  /** What the application has. */
  async data(): Promise<string> {
    const { stdout, stderr } = await this.application.exec('sh', '-c', look, 'look', dataFolder);
    assert.equal(stderr, '');
    return stdout;
  }

  /** What is in a volume, in a folder of it. */
  async dataIn(volume: string, folder: string): Promise<string> {
    const { stdout, stderr } = await this.#run(['--volume', `${volume}:/volume`], look, `/volume${folder}`);
    assert.equal(stderr, '');
    return stdout;
  }

  get #store(): readonly string[] {
    const to = ['--volume', `${this.store}:/backups`, '--env', 'BACKUP_TO=file:///backups'];
    return [...hardened, '--memory', '192m', ...to];
  }

  get #attached(): readonly string[] {
    return [...this.#store, '--volumes-from', this.application.id];
  }

  #run(flags: readonly string[], script: string, ...args: readonly string[]): Promise<Finished> {
    return this.world.finish(this.#image, { flags, command: ['sh', '-euc', script, 'sh', ...args] });
  }
}
