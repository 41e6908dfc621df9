import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loopbacksOf, routeOf, routeText } from '../../../../sidecars/attach/wish/routes.ts';
import { sidecars } from '../../../../sidecars/attach/wish/sidecars.ts';
import { readLines } from './reading.ts';

/** Texts of hosts, and what is read: name, port, backends and options. */
const good: readonly (readonly [text: string, name: string, port: number, backends?: string | undefined, options?: string])[] = [
  ['redis:6379', 'redis', 6379],
  ['redis:1', 'redis', 1],
  ['redis:65535', 'redis', 65_535],
  ['shop_db-1.example.com:5432', 'shop_db-1.example.com', 5432],
  ['Redis:6379', 'Redis', 6379],
  ['3scale:80', '3scale', 80],
  ['cafe:80', 'cafe', 80],
  ['db:5432=pg-1:5432,pg-2:5432?check=tcp', 'db', 5432, 'pg-1:5432,pg-2:5432', 'check=tcp'],
  ['db:5432=srv:_pg._tcp.example', 'db', 5432, 'srv:_pg._tcp.example'],
  ['db:5432=unix:/run/pg%3D1', 'db', 5432, 'unix:/run/pg%3D1'],
  ['db:5432=[::1]:5433', 'db', 5432, '[::1]:5433'],
  ['db:5432=db.:5432', 'db', 5432, 'db.:5432'],
  ['api:80?check=http:/healthz&hold=10s', 'api', 80, undefined, 'check=http:/healthz&hold=10s'],
  ['api:443=a:443?tls-out&check=https:/a%3Fb%3Dc', 'api', 443, 'a:443', 'tls-out&check=https:/a%3Fb%3Dc'],
];

describe('names of hosts', () => {
  for (const [text, name, port, backends, options] of good) {
    test(text, () => {
      const { wishes, told } = readLines([`ambassador: { hosts: [${JSON.stringify(text)}] }`]);
      assert.deepEqual(told, []);
      assert.deepEqual(wishes[0]?.hosts, [{ name, port, backends, options, place: { line: 2, column: 25 } }]);
    });
  }

  test('one alone needs no list', () => {
    assert.equal(readLines(['ambassador: { hosts: redis:6379 }']).wishes[0]?.hosts[0]?.name, 'redis');
  });

  test('a record is no name, though a name may be called as it begins', () => {
    assert.deepEqual(readLines(['ambassador: { hosts: ["srv:80=srv:_http._tcp.example"] }']).told, []);
  });

  test('backends that compose fills in are not held against the table', () => {
    const { wishes, told } = readLines(['ambassador: { hosts: ["db:5432=$PG?check=$CHECK", redis:6379] }']);
    assert.deepEqual(told, []);
    assert.equal(wishes[0]?.hosts[0]?.backends, '$PG');
  });
});

/** Texts of hosts, and what is told of them. */
const bad: readonly (readonly [text: string, told: string])[] = [
  ['redis', 'names no port; write redis:PORT, such as redis:6379'],
  ['redis:', 'names no port; write redis:PORT, such as redis:6379'],
  ['redis=a:1', 'names no port; write redis:PORT, such as redis:6379'],
  ['6379', 'names no host; write NAME:6379, and the name by which the application calls it'],
  [':6379', 'names no host; write a name and its port, such as redis:6379'],
  ['redis:0', 'has 0 for a port; write a number from 1 to 65535'],
  ['redis:65536', 'has 65536 for a port; write a number from 1 to 65535'],
  ['redis:http', 'has http for a port; write a number from 1 to 65535'],
  ['redis:80:90', 'names redis:80, which is no host name: letters, digits, - and _ between dots'],
  ['-redis:80', 'names -redis, which is no host name: letters, digits, - and _ between dots'],
  ['red is:80', 'holds a blank or a ;, and one name is one item; write each as an item of its own: [redis:6379, db:5432]'],
  ['a:1;b:2', 'holds a blank or a ;, and one name is one item; write each as an item of its own: [redis:6379, db:5432]'],
  ['réd:80', 'names réd, which is no host name: letters, digits, - and _ between dots'],
  ['redis.:80', 'names redis., which is no host name: letters, digits, - and _ between dots'],
  [`${'a'.repeat(64)}:80`, `names ${'a'.repeat(64)}, which is no host name: letters, digits, - and _ between dots`],
  ['tcp://redis:6379', 'is a URL; write a name and its port, such as redis:6379'],
  [
    '10.0.0.7:6379',
    'names 10.0.0.7, which is an address; only a name can be led elsewhere: write the one by which the application calls it',
  ],
  [
    '[::1]:6379',
    'names ::1, which is an address; only a name can be led elsewhere: write the one by which the application calls it',
  ],
  ['::1', 'names ::1, which is an address; only a name can be led elsewhere: write the one by which the application calls it'],
  ['localhost:6379', 'names localhost, which is every container itself; write a route: routes: ["6379=redis:6379"]'],
  ['$HOST:6379', 'has a variable in its name or its port, which attach has to know; write them out: redis:6379'],
  ['db:5432=', 'names no backend behind the =; write db:5432=HOST:PORT, or leave the = out for all replicas of db'],
  ['db:5432=pg', ': pg names no port; write HOST:PORT'],
  ['db:5432=pg:1,pg:1', ': names the backend pg:1 twice; leave one out'],
  ['db:5432?chek=tcp', ': chek is no option of a route; did you mean check?'],
  ['db:5432?rise', ': rise has no value'],
  ['db:5432=DB:5433', 'leads to DB:5433, and db leads back to the ambassador; write it with a dot behind the name: db.:5433'],
];

describe('names of hosts that are wrong', () => {
  for (const [text, told] of bad) {
    test(text.slice(0, 40), () =>
      assert.deepEqual(readLines([`ambassador: { hosts: [a:1, ${JSON.stringify(text)}] }`]).told, [
        `2:30: ambassador.hosts[1]${told.startsWith(':') ? '' : ' '}${told}`,
      ]),
    );
  }

  test('what is no text', () => {
    assert.deepEqual(readLines(['ambassador:', '  hosts: [redis: 6379, [a], ~, ""]']).told, [
      '3:13: ambassador.hosts[0] is a mapping; write NAME:PORT with no blank behind the colon, such as redis:6379',
      '3:26: ambassador.hosts[1] is a list; write NAME:PORT with no blank behind the colon, such as redis:6379',
      '3:31: ambassador.hosts[2] has no value; write one, or leave it out',
      '3:34: ambassador.hosts[3] is empty; write a value, or leave it out',
    ]);
    assert.deepEqual(readLines(['ambassador: { hosts: { redis: 6379 } }']).told, [
      '2:24: ambassador.hosts is a mapping; write a list of names with ports: ["redis:6379"]',
    ]);
    assert.deepEqual(readLines(['ambassador: { hosts: [], links: maybe }']).told, [
      '2:24: ambassador.hosts is a list of nothing; name a host, or leave it out',
      '2:35: ambassador.links is neither true nor false; true makes a host of each entry in links of the service',
    ]);
  });

  test('a name that is there twice, a name that leads to another one, and in Kubernetes', () => {
    assert.deepEqual(readLines(['ambassador:', '  hosts: [redis:1, db:1, redis:2,', '    REDIS:1, "web:1=db:1"]']).told, [
      '4:7: ambassador.hosts[3] names redis:1 again, as line 3 does; name all backends in one of them: redis:1=HOST:PORT,HOST:PORT',
      '4:16: ambassador.hosts[4] leads to db:1, and db leads back to the ambassador; write it with a dot behind the name: db.:1',
    ]);
    assert.deepEqual(readLines(['ambassador: { hosts: ["db:1=db:1"] }'], 'container').told, [
      '2:25: ambassador.hosts[0] leads to db:1, and db leads back to the ambassador; write the whole name with a dot behind it: db.NAMESPACE.svc.cluster.local.:1',
    ]);
  });
});

describe('hosts beside other settings', () => {
  test('a route of the same port clashes, and one of another address does not', () => {
    assert.deepEqual(readLines(['ambassador: { routes: 6379=a:1, hosts: [db:1, redis:6379] }']).told, [
      '2:49: ambassador.hosts[1]: listens on a port that 6379=a:1 has too; give both an address, or one of them another port',
    ]);
    assert.deepEqual(readLines(['ambassador: { routes: 127.0.0.1:6379=a:1, hosts: [redis:6379] }']).told, []);
  });

  test('an admin server that was asked for clashes, and one that attach chooses does not', () => {
    assert.deepEqual(readLines(['ambassador: { hosts: [a:9803] }']).told, []);
    assert.deepEqual(readLines(['ambassador: { hosts: [a:9803], admin: ":9803" }']).told, [
      '2:25: ambassador.hosts[0]: listens where the admin server does, at :9803; give one of them another port, the admin server by AMBASSADOR_ADMIN',
    ]);
  });

  test('routes that come from elsewhere leave no place for those of hosts', () => {
    for (const routes of ['routes: { file: ./r }', 'routes: { environment: R }', 'AMBASSADOR_ROUTES_FILE: /r'])
      assert.match(
        readLines([`ambassador: { ${routes}, hosts: [a:1] }`]).told.join('\n'),
        /come from elsewhere, so that those of hosts have no place; write them out here/,
      );
    assert.deepEqual(readLines(['ambassador: { routes: $ROUTES, hosts: [a:1] }']).told, []);
  });

  test('options that say nothing for a host are told at it, which depends on defaults', () => {
    assert.deepEqual(readLines(['ambassador: { hosts: ["a:1?check-interval=1s"], defaults: check=tcp }']).told, []);
    assert.deepEqual(readLines(['ambassador: { hosts: ["a:1?check-interval=1s"], defaults: fall=2 }']).told, [
      '2:25: ambassador.hosts[0]: check-interval says nothing here: it needs check to be tcp, tls, http:/PATH or https:/PATH',
    ]);
  });
});

describe('routes', () => {
  const host = { name: 'redis', port: 6379, backends: undefined, options: undefined, place: { line: 1, column: 1 } };

  test('are written as the ambassador reads them', () => {
    assert.equal(routeText({ listen: '127.127.0.2:6379', backends: 'redis.:6379' }), '127.127.0.2:6379=redis.:6379');
    assert.equal(routeText({ listen: '6379', backends: 'a:1,b:2', options: 'check=tcp' }), '6379=a:1,b:2?check=tcp');
    assert.equal(routeOf(host, '127.127.0.2', 'redis.:6379'), '127.127.0.2:6379=redis.:6379');
    const text = routeOf({ ...host, backends: 'pg:1', options: 'hold=1s' }, '127.127.0.3', 'redis.:6379');
    assert.equal(text, '127.127.0.3:6379=pg:1?hold=1s');
    assert.deepEqual(sidecars.ambassador.problemsOf({ argv: [], env: { AMBASSADOR_ROUTES: text }, readFile: () => '' }), []);
  });

  test('each name has an address of its own, which stays when a name is added', () => {
    assert.deepEqual(
      [...loopbacksOf(['a', 'b', 'a', 'c'])],
      [
        ['a', '127.127.0.2'],
        ['b', '127.127.0.3'],
        ['c', '127.127.0.4'],
      ],
    );
    const many = [...loopbacksOf(Array.from({ length: 300 }, (_, index) => `host-${index}`)).values()];
    assert.equal(new Set(many).size, 300);
    assert.deepEqual([many[253], many[254]], ['127.127.0.255', '127.127.1.0']);
  });
});
