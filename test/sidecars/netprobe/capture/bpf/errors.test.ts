import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { needs } from '#harness/needs.ts';
import { Exit } from '#shared/exit.ts';
import { compileFilter } from '../../../../../sidecars/netprobe/capture/bpf/compile-filter.ts';
import { FilterError, filterExit } from '../../../../../sidecars/netprobe/capture/bpf/filter-error.ts';
import { parseCaptureFilter } from '../../../../../sidecars/netprobe/capture/bpf/parse-filter.ts';
import { Libpcap } from './libpcap.ts';

/** What is refused, here and by libpcap; ^ stands before the place. */
const wrong: readonly (readonly [string, RegExp])[] = [
  ['tcp and^', /^it ends too early; here could be a condition/],
  ['tcp or ^or udp', /^or cannot stand here; here could be a condition/],
  ['tcp && ^|| udp', /^\|\| cannot stand here/],
  ['^and tcp', /^and cannot stand here/],
  ['not^', /^it ends too early/],
  ['tcp ^udp', /^udp cannot stand here; here could be and, or, or the end/],
  ['tcp ^prot 80', /^prot cannot stand here; did you mean port\?/],
  ['tcp ^& udp', /^& cannot stand here; here could be and, as & is for numbers alone/],
  ['(tcp^', /^\) is missing here, to close the parenthesis/],
  ['tcp^)', /^this parenthesis was not opened; leave it out/],
  ['(^)', /^\) cannot stand here/],
  ['^80', /^80 stands alone; write what it is before it, such as port 80/],
  ['^10.0.0.1', /^10\.0\.0\.1 stands alone; write .*host 10\.0\.0\.1/],
  ['tcp and ^80', /^80 stands alone/],
  ['(port 80) or ^443', /^443 stands alone/],
  ['port 80 or (tcp and ^443)', /^443 stands alone/],
  ['tcp and not (^80 or 443)', /^80 stands alone/],
  ['tcp ^80', /^80 cannot stand here; here could be what it is: port 80/],
  ['net ^10/8', /^write all of the address: 10\.0\.0\.0\//],
  ['net ^10.0.0.1/8', /^it has bits behind its mask; the network is 10\.0\.0\.0/],
  ['net ^1.2.3.4 mask 255.255.0.0', /^it has bits behind its mask; the network is 1\.2\.0\.0/],
  ['net 1.2.3.0 mask ^255', /^behind mask belongs one such as 255\.255\.255\.0/],
  ['src ^10.0.0.0/8', /^this is a network; write net before it/],
  ['host ^::1/64', /^this is a network; write net before it/],
  ['net ^::1/64', /^it has bits behind the first 64/],
  ['net 10.0.0.0/^33', /^a prefix of IPv4 has 0 to 32 bits/],
  ['net fd00::/^129', /^a prefix of IPv6 has 0 to 128 bits/],
  ['ip net ^fd00::/8', /^fd00:: is no address of ip/],
  ['ip6 host ^10.0.0.1', /^10\.0\.0\.1 is no IPv6 address/],
  ['tcp host ^10.0.0.1', /^tcp has no addresses; write tcp and host 10\.0\.0\.1/],
  ['ether host ^10.0.0.1', /^10\.0\.0\.1 is no address of the link/],
  ['host ^02:00:00:00:00:01', /write ether host 02:00:00:00:00:01/],
  ['host ^300.1.1.1', /^300\.1\.1\.1 is no IPv4 address: its numbers go from 0 to 255/],
  ['ip proto ^tcp', /with a backslash before it, \\tcp, it is one/],
  ['^tcp proto 6', /^tcp tells no protocol/],
  ['src ^proto 6', /^a protocol has no source and no destination/],
  ['src or ^src host 10.0.0.1', /^here could be dst/],
  ['^ip broadcast', /^the netmask is not known/],
  ['^tcp broadcast', /^tcp has no broadcast/],
  ['^arp multicast', /^arp has no multicast/],
  ['less ^tcp', /^less needs a number/],
  ['len^', /^it ends too early; here could be a comparison/],
  ['vlan ^4096', /^4096 is beyond 4095/],
  ['tcp[13:^3] = 1', /^bytes are loaded by 1, 2 or 4/],
  ['tcp[13^', /^\] is missing here/],
  ['tcp[^] = 1', /^\] cannot stand here; here could be a number/],
  ['^esp[0] = 1', /^bytes of esp are not to be had/],
  ['len ^/ 0 = 1', /^this divides by zero/],
  ['len ^<< 32 = 1', /^this shifts by more than 31 bits/],
  ['port ^65536', /^65536 is beyond 65535/],
  ['port ^80-90', /write portrange 80-90/],
  ['port ^htpt', /^htpt is no port that is known; .*did you mean http\?/],
  ['portrange 80 ^- 90', /^- cannot stand here/],
  ['udp port ^http', /^http is a port of tcp/],
  ['tcp port ^ntp', /^ntp is a port of udp/],
  ['^icmp port 80', /^icmp has no ports; write icmp and port 80/],
  ['^ether port 80', /^ether has no ports; write port 80/],
  ['^08 = 8', /^08 begins with 0 and is octal/],
  ['^4294967296 = 0', /^4294967296 is beyond 4294967295/],
  ['tcp[0] = ^= 1', /^= cannot stand here/],
  ['net ^somewhere', /^networks have no names here/],
  ['tcp ^§ 80', /^"§" means nothing here/],
  ['host ^"x"', /means nothing here/],
  ['^gateway foo', /^gateway is not supported: ask for the address of the gateway/],
  ['tcp and ^lane', /^lane is not supported: cells of ATM are not captured/],
  ['^type mgt', /^type is not supported: frames of wireless LANs/],
  ['^on eth0', /^on is not supported/],
];

/** What libpcap takes and we refuse, as the meaning of it is hardly ever wanted, or is known of live captures alone. */
const refusedHereAlone: readonly (readonly [string, RegExp])[] = [
  ['ip6 ^protochain 6', /^protochain is not supported: headers are not followed/],
  ['^wlan host 02:00:00:00:00:01', /^wlan is not supported/],
  ['^mpls 5', /^mpls is not supported: .*ether proto 0x8847/],
  ['^pppoes', /^pppoes is not supported/],
  ['^pppoed', /^pppoed is not supported/],
  ['^geneve', /^geneve is not supported/],
  ['^llc', /^llc is not supported/],
  ['^byte 0 = 1', /^byte is not supported/],
  ['decnet host ^10.1', /^addresses of decnet are not supported/],
  ['ip proto ^300', /^300 is beyond 255/],
  ['ether proto ^70000', /^70000 is beyond 65535/],
  ['^tcp[-1] = 0', /^these bytes are beyond every packet/],
  ['tcp and ^inbound', /^which way a packet went is known of live captures alone/],
  ['^ifindex 3', /^the number of the interface is known of live captures alone/],
];

function refusal(text: string): FilterError {
  try {
    compileFilter(parseCaptureFilter(text), { linkType: 1, snapLength: 65_535, vlan: 'frame' });
  } catch (error) {
    if (error instanceof FilterError) return error;
    throw error;
  }
  throw new Error(`${text} is not refused`);
}

test('what is wrong is refused with the place, and what would be right', () => {
  for (const [marked, message] of [...wrong, ...refusedHereAlone]) {
    const text = marked.replace('^', '');
    const error = refusal(text);
    assert.match(error.message, message, text);
    assert.equal(error.position, marked.indexOf('^'), `${text}: ${error.message}`);
    const [, shown, caret] = error.message.split('\n');
    assert.equal(shown, `  ${text}`);
    assert.equal(caret, `  ${' '.repeat(error.position)}^`);
  }
});

test('libpcap refuses the same', needs('linux', 'libpcap'), (t) => {
  const libpcap = new Libpcap();
  const compiler = libpcap.compiler(1, false);
  atEnd(t, () => {
    compiler.close();
    libpcap.close();
  });
  for (const [marked] of wrong) assert.equal(compiler.compile(marked.replace('^', '')).type, 'refused', marked);
});

test('of a long filter the place is shown, and what is around it', () => {
  const text = `${'tcp port 80 or '.repeat(20)}tcp prot 80${' or tcp port 80'.repeat(20)}`;
  const error = refusal(text);
  const [, shown = '', caret = ''] = error.message.split('\n');
  assert.ok(shown.length < 140);
  assert.ok(shown.slice(caret.indexOf('^')).startsWith('prot 80'));
  assert.equal(error.position, text.indexOf('prot'));
});

test('a wrong filter ends with 64', () => {
  const exit = filterExit(refusal('tcp prot 80'));
  assert.ok(exit instanceof Exit);
  assert.equal(exit.code, 64);
  assert.equal(exit.message, 'in the filter, prot cannot stand here; did you mean port?\n  tcp prot 80\n      ^');
});

test('what is too long for the kernel is refused', () => {
  const text = Array.from({ length: 1000 }, (_, index) => `host 10.0.${index >> 8}.${index & 255}`).join(' or ');
  assert.match(refusal(text).message, /^it makes \d+ instructions, and the kernel takes 4096; leave something out/);
});

test('what only Ethernet frames have is refused of others', () => {
  for (const linkType of [101, 113, 276])
    for (const text of ['ether host 02:00:00:00:00:01', 'broadcast', 'multicast', 'vlan 5'])
      assert.throws(
        () => compileFilter(parseCaptureFilter(text), { linkType, snapLength: 65_535, vlan: 'frame' }),
        FilterError,
        text,
      );
});
