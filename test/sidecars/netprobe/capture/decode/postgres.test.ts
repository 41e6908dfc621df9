import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import pg from 'pg';
import { needs } from '#harness/needs.ts';
import { startPostgres } from '#harness/postgres.ts';
import { until } from '#harness/until.ts';
import { decodePacket } from '../../../../../sidecars/netprobe/capture/decode/decode-packet.ts';
import { ethernetOf, frameOf, tcp } from '../frames.ts';
import { connectionFrames, type Part, Recorder } from './recorded.ts';
import { tsharkFields } from './tshark.ts';

/** What tshark calls messages that are told here. */
const tsharkNames: Readonly<Record<string, string>> = {
  'Startup message': 'StartupMessage',
  'SSL request': 'SSLRequest',
  'Authentication request': 'Authentication',
  'Backend key data': 'BackendKeyData',
  'Bind completion': 'BindComplete',
  'Command completion': 'CommandComplete',
  'Copy completion': 'CopyDone',
  'Copy data': 'CopyData',
  'Copy in response': 'CopyInResponse',
  'Copy out response': 'CopyOutResponse',
  'Data row': 'DataRow',
  'Parameter status': 'ParameterStatus',
  'Parse completion': 'ParseComplete',
  'Ready for query': 'ReadyForQuery',
  'Row description': 'RowDescription',
  'Simple query': 'Query',
  Termination: 'Terminate',
};

test(
  'what psql, a driver and a server say is what tshark tells, and none of what is in it',
  needs('postgresql', 'tshark'),
  async (t) => {
    const server = await startPostgres(t, { major: 15 });
    await server.sql("ALTER ROLE postgres PASSWORD 'secret-word'");
    const recorder = await Recorder.before(t, server.port);
    const access = ['--host', '127.0.0.1', '--port', String(recorder.port), '--username', 'postgres', '--no-psqlrc'];
    const lines = [
      "SELECT 'secret' AS secret_column FROM generate_series(1, 3)",
      'SELECT * FROM secret_missing',
      'CREATE TABLE secret_table (a text)',
      '\\copy secret_table FROM PROGRAM \'printf "secret\\\\nsecret\\\\n"\'',
      '\\copy secret_table TO STDOUT',
      "DO $$ BEGIN RAISE NOTICE 'secret'; END $$",
      '',
    ];
    await promisify(execFile)(`${server.bin}/psql`, [...access, ...lines.flatMap((line) => ['--command', line])], {
      env: { PGPASSWORD: 'secret-word', PATH: process.env.PATH },
    });
    const client = new pg.Client({ host: '127.0.0.1', port: recorder.port, user: 'postgres', password: 'secret-word' });
    await client.connect();
    await client.query('SELECT $1::text', ['secret']);
    await assert.rejects(client.query('SELECT $1::int', ['secret']));
    await client.end();
    await until('both are gone', () => recorder.connections.length >= 2);

    const frames = recorder.connections.flatMap((parts, index) => connectionFrames(parts, 5432, 40_000 + index, 60_000));
    const applications = frames.map((frame) => decodePacket(frameOf(frame)).application);
    assert.doesNotMatch(JSON.stringify(applications), /secret/i);
    const told = tsharkFields(t, frames, ['pgsql.type']);
    for (const [index, application] of applications.entries()) {
      const types = told[index]?.['pgsql.type'] ?? [];
      if (application?.type !== 'postgres') {
        assert.deepEqual([application, types], [undefined, []]);
        continue;
      }
      // tshark has no type for one byte
      if (application.messages[0] === 'encryption refused') continue;
      assert.equal(application.messages.length, Math.min(64, types.length), JSON.stringify([application.messages, types]));
      for (const [place, type] of types.entries()) {
        const name = tsharkNames[type];
        if (name !== undefined)
          assert.ok(application.messages[place]?.startsWith(name), `${application.messages[place]}: ${type}`);
      }
    }

    const both = recorder.connections.map((parts) => namesOf(parts));
    assert.deepEqual(both[0]?.slice(0, 10), [
      'SSLRequest',
      'encryption refused',
      'StartupMessage',
      'AuthenticationSASL',
      'SASLInitialResponse',
      'AuthenticationSASLContinue',
      'SASLResponse',
      'AuthenticationSASLFinal',
      'AuthenticationOk',
      'ParameterStatus',
    ]);
    const psql = both[0]?.join(' ') ?? '';
    for (const expected of [
      'Query RowDescription DataRow DataRow DataRow CommandComplete ReadyForQuery',
      'Query ErrorResponse 42P01 ReadyForQuery',
      'Query CopyInResponse CopyData',
      'CopyDone CommandComplete ReadyForQuery',
      'Query CopyOutResponse CopyData CopyData CopyDone CommandComplete ReadyForQuery',
      'Query NoticeResponse CommandComplete ReadyForQuery',
    ])
      assert.ok(psql.includes(expected), `${expected}: ${psql}`);
    assert.ok(psql.endsWith('Terminate'));
    const driver = both[1]?.join(' ') ?? '';
    assert.match(
      driver,
      /Parse Bind Describe Execute Sync ParseComplete BindComplete RowDescription DataRow CommandComplete ReadyForQuery/,
    );
    assert.match(driver, /ErrorResponse 22P02/);

    // on another port, what is whole is known all the same, unless it is one of those that may be anything
    for (const [index, part] of (recorder.connections[1] ?? []).entries()) {
      const names = namesOf([part]);
      const elsewhere = messages(part.bytes, 7777, part.from);
      if (elsewhere === undefined) assert.ok(names.length === 1, `${index}: ${names}`);
      else assert.deepEqual(elsewhere, names);
    }
  },
);

test('messages that are cut are told as far as they go, and the middle of one is none', () => {
  const query = message('Q', `SELECT '${'x'.repeat(3000)}'\0`);
  assert.deepEqual(messages(query.subarray(0, 1000), 5432, 'client'), ['Query']);
  assert.equal(messages(query.subarray(0, 1000), 7777, 'client'), undefined);
  assert.equal(messages(query.subarray(1000), 5432, 'client'), undefined);
  const rows = Buffer.concat(Array.from({ length: 3 }, () => message('D', Buffer.from('0002000000026162ffffffff', 'hex'))));
  assert.deepEqual(messages(rows, 5432, 'server'), ['DataRow', 'DataRow', 'DataRow']);
  assert.deepEqual(messages(rows.subarray(0, -3), 5432, 'server'), ['DataRow', 'DataRow', 'DataRow']);
  for (let start = 1; start < rows.length / 3; start += 1)
    assert.equal(messages(rows.subarray(start), 5432, 'server'), undefined);
  const wrong = Buffer.from(rows);
  wrong[8] = 9;
  assert.equal(messages(wrong, 5432, 'server'), undefined);
});

test('requests before a connection are told wherever they are', () => {
  const request = (code: number, ...rest: readonly number[]) => {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32BE(8 + rest.length, 0);
    bytes.writeUInt32BE(code, 4);
    return Buffer.concat([bytes, Buffer.from(rest)]);
  };
  assert.deepEqual(messages(request(80_877_103), 7777, 'client'), ['SSLRequest']);
  assert.deepEqual(messages(request(80_877_104), 7777, 'client'), ['GSSENCRequest']);
  assert.deepEqual(messages(request(80_877_102, 0, 0, 0, 1, 0, 0, 0, 2), 7777, 'client'), ['CancelRequest']);
  assert.deepEqual(messages(request(196_608, 0), 7777, 'client'), ['StartupMessage']);
  assert.equal(messages(request(196_609, 0), 7777, 'client'), undefined);
  assert.equal(messages(Buffer.concat([request(196_608, 0), Buffer.of(1)]), 7777, 'client'), undefined);
  assert.deepEqual(messages(Buffer.from('S'), 5432, 'server'), ['SSL accepted']);
  assert.equal(messages(Buffer.from('S'), 7777, 'server'), undefined);
});

function namesOf(parts: readonly Part[]): string[] {
  return parts.flatMap(({ from, bytes }) => messages(bytes, 5432, from) ?? []);
}

function messages(payload: Uint8Array, port: number, from: Part['from']): readonly string[] | undefined {
  const [sourcePort, destinationPort] = from === 'client' ? [40_000, port] : [port, 40_000];
  const { application } = decodePacket(frameOf(ethernetOf({}, tcp({ sourcePort, destinationPort }, payload))));
  if (application === undefined) return undefined;
  assert.ok(application.type === 'postgres');
  return application.messages;
}

function message(kind: string, content: string | Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(kind);
  head.writeUInt32BE(4 + content.length, 1);
  return Buffer.concat([head, Buffer.from(content as string)]);
}
