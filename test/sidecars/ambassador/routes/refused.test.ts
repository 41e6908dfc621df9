import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Invalid } from '#shared/config/kinds.ts';
import { parseRoutes } from '../../../../sidecars/ambassador/routes/grammar.ts';

/** A text of routes, and its one problem, whole or in part. */
type Refusal = readonly [text: string, problem: string];

function refused(title: string, refusals: readonly Refusal[]): void {
  describe(title, () => {
    for (const [text, problem] of refusals) {
      test(`${text.slice(0, 60)}: ${problem}`, () =>
        assert.throws(
          () => parseRoutes(text),
          (error) => {
            assert.ok(error instanceof Invalid);
            assert.equal(error.parts.length, 1, error.message);
            assert.ok(error.message.includes(problem), error.message);
            return true;
          },
        ));
    }
  });
}

const digits = (count: number) => 'x'.repeat(count);

refused('what is no route', [
  ['redis', 'redis: is no route; write LISTEN=BACKEND, such as 6379=redis:6379'],
  ['6379:redis:6379', 'is no route'],
  ['redis:6379', 'redis:6379: names no LISTEN; write 6379=redis:6379'],
  ['=redis:6379', '=redis:6379: LISTEN is not PORT, HOST:PORT, [IPV6]:PORT or unix:/path'],
  ['80', '80: names no backend; write 80 HOST PORT, or 80=HOST:PORT'],
  ['80 hasher', '80 hasher: hasher has no port; write LISTEN HOST PORT'],
  ['80 hasher http', '80 hasher http: hasher http has http for a port'],
  ['80 a 1 b 90=c:1', '80 a 1 b: b has no port'],
  ['80 90 a 1', '80: names no backend'],
  ['0 a 1', '0 a 1: 0 has 0 for a port; ports are 1 to 65535'],
  ['80 a:b 1', 'names a:b, which is no host name'],
  ['80 hasher:80', '80 hasher:80: hasher:80 goes behind a =; write LISTEN=HOST:PORT, or LISTEN HOST PORT'],
  ['80=a:1 check=tcp', 'check=tcp: is an option, and stands behind the ? of a route: LISTEN=BACKEND?check=tcp'],
  ['80=a:1&hold=3s&max=1', 'has the option hold behind an &; the first one stands behind a ?: 80=a:1?hold=3s&max=1'],
]);

refused('LISTEN', [
  ['web:80=a:1', 'web:80=a:1: web:80 has web for an address; give one of this machine, or the port alone for all of them'],
  ['*:80=a:1', 'has * for an address'],
  ['[127.0.0.1]:80=a:1', 'has 127.0.0.1 for an address'],
  ['[localhost]:80=a:1', 'has localhost for an address'],
  ['::1:80=a:1', 'an IPv6 address goes into brackets'],
  ['http=a:1', 'http is not PORT, HOST:PORT, [IPV6]:PORT or unix:/path'],
  ['0=a:1', '0 has 0 for a port'],
  ['65536=a:1', '65536 has 65536 for a port; ports are 1 to 65535'],
  ['unix:run/x=a:1', 'unix:run/x is not a Unix socket; write unix:/absolute/path'],
  ['unix:/%00=a:1', 'is not a Unix socket'],
  ['unix:/a%2=a:1', 'holds a % that begins no character, such as %20; write a % itself as %25'],
  [`unix:/${digits(107)}=a:1`, 'has a path that is too long for a Unix socket: 107 bytes are the most'],
]);

refused('BACKEND', [
  ['80=', '80=: a backend is empty; write HOST:PORT'],
  ['80=a:1,,b:1', 'a backend is empty'],
  ['80=a', '80=a: a names no port; write HOST:PORT'],
  ['80=a:', 'a: names no port'],
  ['80=a:http', 'a:http has http for a port; write a number from 1 to 65535'],
  ['80=a:0', 'a:0 has 0 for a port'],
  ['80=:81', ':81 names no host; write HOST:PORT, and localhost for this machine'],
  ['80=tcp://a:1', 'tcp://a:1 is a URL; write HOST:PORT'],
  ['80=::2:80', 'has more than one colon; an IPv6 address goes into brackets'],
  ['80=[a]:80', 'has [a], which is no IPv6 address'],
  ['80=10.0.0.256:80', 'names 10.0.0.256, which is no IPv4 address'],
  ['80=-a:80', 'names -a, which is no host name'],
  ['80=bücher.example:80', 'xn--'],
  [`80=${digits(64)}:80`, 'is no host name'],
  ['80=srv:', 'names no record; write srv:_redis._tcp.example'],
  ['80=srv:_redis._tcp.example:80', 'names a port; those of srv: come from the record, so leave it out'],
  ['80=unix:x', 'is not a Unix socket'],
  ['80=A:1,a:1', 'names the backend a:1 twice; leave one out'],
  ['80=localhost:80', 'localhost:80 leads back to the route itself; name the host that has the service'],
  ['80=a:80,[::1]:80', '[::1]:80 leads back'],
  ['0.0.0.0:80=127.0.0.2:80', 'leads back'],
  ['10.0.0.1:80=10.0.0.1:80', 'leads back'],
  ['unix:/a=unix:/a', 'leads back'],
  ['80=0.0.0.0:80', 'leads back'],
  ['127.0.0.1:80=0.0.0.0:80', 'leads back'],
  ['80=[::]:80', 'leads back'],
  ['80=127.0.0.1:81 81=localhost:80', '81=localhost:80: leads back to itself, through 80=127.0.0.1:81; name the host'],
  ['80=127.0.0.1:81 81=unix:/a unix:/a=a:1,0.0.0.0:80', 'unix:/a=a:1,0.0.0.0:80: leads back to itself, through 81=unix:/a'],
]);

refused('options', [
  ['80=a:1?connect-timout=1s', 'connect-timout is no option of a route; did you mean connect-timeout?'],
  ['80=a:1?xyzzy=1', 'xyzzy is no option of a route, see --help'],
  ['80=a:1?hold=1s&hold=2s', 'hold is given twice; keep one of them'],
  ['80=a:1?hold', 'hold has no value'],
  ['80=a:1?name=', 'name= has no value'],
  ['80=a:1?proxy-in=', 'proxy-in= has no value'],
  ['80=a:1?name=%zz', 'name=%zz holds a % that begins no character'],
  ['80=a:1?hold=3', 'hold=3 needs a unit'],
  ['80=a:1?connect-timeout=0s', 'is too small: the least is 1ms'],
  ['80=a:1?max=0', 'is too small: the least is 1'],
  ['80=a:1?balance=fast', 'balance=fast is none of least, round-robin, random, source'],
  ['80=a:1?check=ping', 'check=ping is none of off, tcp, tls, http:/PATH and https:/PATH'],
  ['80=a:1?name=%0a', 'is no name: 1 to 100 characters'],
  [`80=a:1?name=${digits(101)}`, 'is no name'],
  ['443=a:1?sni=*', 'is no host name'],
  ['443=a:1?sni=a.*.b', 'is no host name'],
  ['443=a:1?sni=10.0.0.1', 'sni=10.0.0.1 is an address'],
  ['80=a:1?tls-cert=cert.pem', 'is not an absolute path'],
  ['unix:/a=a:1?listen-mode=0888', 'is no mode; write three digits from 0 to 7'],
  ['unix:/a=a:1?listen-mode=4755', 'is no mode'],
]);

refused('options that say nothing', [
  ['443=a:1?tls-key=/k', 'tls-key says nothing here: it needs tls-cert'],
  ['443=a:1?tls-client-ca=/k', 'tls-client-ca says nothing here: it needs tls-cert'],
  ['80=a:1?tls-out-name=x', 'tls-out-name says nothing here: it needs tls-out=true, or a check by tls or https'],
  ['80=a:1?tls-out-verify=false', 'tls-out-verify says nothing here'],
  ['80=a:1?tls-out&tls-out-key=/k', 'tls-out-key says nothing here: it needs tls-out-cert'],
  ['80=a:1?tls-out&tls-out-verify=off&tls-out-ca=/k', 'tls-out-ca says nothing here: it needs tls-out-verify=true'],
  ['80=a:1?check-interval=1s', 'check-interval says nothing here: it needs check to be tcp'],
  ['80=a:1?check=off&rise=1', 'rise says nothing here'],
  ['80=a:1?eject=off&eject-time=1s', 'eject-time says nothing here: it needs eject not to be off'],
  ['80=a:1?header-timeout=1s', 'header-timeout says nothing here: it needs proxy-in, sni or tls-cert'],
  ['80=unix:/a?family=4', 'family says nothing here: it needs a backend that is no Unix socket'],
  ['80=a:1?listen-mode=0600', 'listen-mode says nothing here: it needs LISTEN to be unix:/path'],
]);

refused('what contradicts itself', [
  ['80=a:1?eject-time=10m', 'eject-time, 10m, is above eject-max, 5m; lower the one, or raise the other'],
  ['80=a:1?eject-max=1s', 'eject-time, 5s, is above eject-max, 1s'],
  ['80=10.0.0.1:1,[::2]:1?family=6', '10.0.0.1 is no address of family=6; leave the one or the other out'],
  ['unix:/a=a:1?balance=source', 'balance=source goes by the address of clients, and those of a Unix socket have none'],
]);

refused('routes that cannot be together', [
  ['80=a:1 :80=b:1', ':80=b:1: listens where 80=a:1 does; name the backends of both in one route'],
  ['unix:/a=a:1 unix:/%61=b:1', 'listens where unix:/a=a:1 does'],
  ['443=a:1?sni=x 443=b:1?sni=X', '443=b:1?sni=X: listens where 443=a:1?sni=x does for the same sni=x'],
  ['443=a:1?sni=x 443=b:1 443=c:1', '443=c:1: listens where 443=b:1 does'],
  ['80=a:1 127.0.0.1:80=b:1', 'listens on a port that 80=a:1 has too; give both an address'],
  ['[::]:80=a:1 127.0.0.1:80=b:1', '127.0.0.1:80=b:1: listens on a port that [::]:80=a:1 has too'],
  ['[::1]:80=a:1 0.0.0.0:80=b:1 10.0.0.1:80=c:1', '10.0.0.1:80=c:1: listens on a port that 0.0.0.0:80=b:1 has too'],
  ['80=a:1?name=x 81=b:1?name=x', '81=b:1?name=x: is called x, as 80=a:1?name=x is; give one of them another name'],
  ['80=a:1?name=81 81=b:1', '81=b:1: is called 81, as 80=a:1?name=81 is'],
  ['443=a:1?sni=x&proxy-in 443=b:1', '443=b:1: has another proxy-in than 443=a:1?sni=x&proxy-in, on the same LISTEN'],
  ['443=a:1?sni=x&header-timeout=1s 443=b:1', 'has another header-timeout than'],
  ['unix:/a=a:1?sni=x unix:/a=b:1?listen-mode=0600', 'has another listen-mode than'],
]);
