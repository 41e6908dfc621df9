import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gateway4, gateway6 } from '../../../../sidecars/netprobe/checks/gateway.ts';

// as the kernel writes them (net/ipv4/fib_trie.c, net/ipv6/route.c)
const title = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT';
const line4 = (interfaceName: string, destination: string, gateway: string, flags: string, metric: number, mask: string) =>
  `${interfaceName}\t${destination}\t${gateway}\t${flags}\t0\t0\t${metric}\t${mask}\t0\t0\t0      `;
const zeros = '0'.repeat(32);

describe('the gateway', () => {
  test('of IPv4 is that of the default route with the least metric', () => {
    const lines = [
      title,
      line4('eth1', '00000000', '0100000A', '0003', 200, '00000000'),
      line4('eth0', '00000000', '010011AC', '0003', 0, '00000000'),
      line4('eth0', '000011AC', '00000000', '0001', 0, '0000FFFF'),
      '',
    ];
    assert.equal(gateway4(lines.join('\n')), '172.17.0.1');
  });

  test('of IPv4 is none where the default route leads to a link, or is only half of it', () => {
    const onLink = line4('tun0', '00000000', '00000000', '0001', 0, '00000000');
    const half = line4('tun0', '00000000', '0100000A', '0003', 0, '00000080');
    assert.equal(gateway4([title, onLink, half].join('\n')), undefined);
    assert.equal(gateway4(''), undefined);
  });

  test('of IPv6 has its zone where it is of a link, and is not a route that refuses', () => {
    const reject = `${zeros} 00 ${zeros} 00 ${zeros} ffffffff 00000001 00000000 00200200       lo`;
    const far = `${zeros} 00 ${zeros} 00 fd000000000000000000000000000001 00000500 00000001 00000000 00000003     eth1`;
    const near = `${zeros} 00 ${zeros} 00 fe800000000000000042acfffe110001 00000400 00000001 00000000 00450003     eth0`;
    assert.equal(gateway6([reject, far, near, ''].join('\n')), 'fe80::42:acff:fe11:1%eth0');
    assert.equal(gateway6([reject, far].join('\n')), 'fd00::1');
    assert.equal(gateway6(reject), undefined);
  });
});
