import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { needs } from '#harness/needs.ts';
import { seeded } from '#harness/random.ts';
import { Exit } from '#shared/exit.ts';
import { compileFilter } from '../../../../../sidecars/netprobe/capture/bpf/compile-filter.ts';
import { FilterError, filterExit } from '../../../../../sidecars/netprobe/capture/bpf/filter-error.ts';
import { parseCaptureFilter } from '../../../../../sidecars/netprobe/capture/bpf/parse-filter.ts';
import { runFilter } from '../../../../../sidecars/netprobe/capture/bpf/run-filter.ts';
import { Libpcap } from './libpcap.ts';
import { RandomFrames } from './random-frames.ts';

/** Filters as people write them, most of them from pcap-filter(7), tcpdump(8) and their examples. */
const right = `
tcp
tcp port 80
port 80 or 443
port (80 or 443)
port not 80
port 80 or not 443
port 80 and not (443 or 22)
port 80 or (443) or 22
port 80 and (udp) and 443
tcp dst port 20 or 21 or 53
host 10.88.0.5 and not port 21 and not port 20
host 10.88.0.5 and (10.88.0.1 or 192.168.1.77)
ip host 10.88.0.5 and not 10.88.0.1
tcp[tcpflags] & (tcp-syn|tcp-fin) != 0 and not src and dst net 10.88
tcp[tcpflags] & (tcp-rst|tcp-ack) == (tcp-rst|tcp-ack)
tcp port 80 and (((ip[2:2] - ((ip[0]&0xf)<<2)) - ((tcp[12]&0xf0)>>2)) != 0)
ip[2:2] > 576
ether[0] & 1 = 0 and ip[16] >= 224
icmp[icmptype] != icmp-echo and icmp[icmptype] != icmp-echoreply
icmp6[icmp6type] = icmp6-echo
ip[6:2] & 0x1fff = 0
ip[0] & 0xf != 5
ether proto 0x88CC
ether proto \\ip and host 10.88.0.5
ip proto \\tcp
ip proto ospf
ip6 proto 6
proto 17
ether host 02:42:0a:58:00:05
ether src 2-42-a-58-0-5
ether dst 0242.0a58.0005 or 02420a580001
broadcast
ether broadcast
multicast
ip multicast
ip6 multicast
net 10
net 192.168
net 192.168.1
net 192.168.0.0 mask 255.255.0.0
net 192.168 mask 255.255
net 10.88.0.0/16
src net 10.88 and dst net 10.88
ip6 net fd00::/8
net ::1
net ::/0
net 0.0.0.0/0
host ::1/128
host 0x0a580005
host 173539333
host 192.168.1
src 10.88.0.5
dst ::1
dst or src host 10.88.0.5
src and dst port 80
portrange 8000-8080
tcp dst portrange 8080-8000
portrange 443
sctp port 80
udp port domain
port https
less 100
greater 100
len <= 100
length > 100
vlan
vlan 5
vlan (5)
vlan 100 && vlan 5
vlan && vlan 5 && ip
not vlan 5 and ip
vlan or tcp
tcp port 80 or vlan 5 and tcp port 80
(vlan and tcp) or udp
arp
arp host 10.88.0.1
rarp
icmp
icmp6
igmp
igrp
pim
vrrp
carp
ah
esp
sctp
atalk
aarp
decnet
lat
sca
moprc
mopdl
iso
stp
ipx
netbeui
link proto 0x800
!tcp
! ! tcp
not not tcp
(((tcp)))
((tcp) and (udp or port 80))
tcp and udp or icmp and ip
1 = 1
(1) = (1)
1 + 1 = 2
0x10 = 16
010 = 8
len / 3 * 2 > 50
-len < 5
- 5 = 3
2 * 3 % 4 + 1 = 2
7 ^ 2 & 3 = 5
len - 14 & 3 = 1
ip[(ip[0] & 0xf) * 4] = 0
tcp[((tcp[12:1] & 0xf0) >> 2):4] = 0x47455420
1 + tcp[0] = 1
tcp[2:2]=80||tcp[0:2]=80
tcp and len>100
port 80\t and tcp
`
  .trim()
  .split('\n')
  .concat('port 80\nand\ttcp');

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

test('what people write is right by libpcap too, and takes the same frames', needs('linux', 'libpcap'), (t) => {
  const libpcap = new Libpcap();
  const compiler = libpcap.compiler(1, false);
  atEnd(t, () => {
    compiler.close();
    libpcap.close();
  });
  const frames = new RandomFrames(seeded(t), 1);
  const some = Array.from({ length: 300 }, () => frames.next());
  for (const text of right) {
    const ours = compileFilter(parseCaptureFilter(text), { linkType: 1, snapLength: 65_535, vlan: 'frame' });
    const theirs = compiler.compile(text);
    assert.ok(theirs.type === 'compiled', `${text}: ${theirs.type === 'refused' && theirs.why}`);
    for (const bytes of some)
      assert.equal(
        runFilter(ours, bytes, 0, bytes.length, bytes.length) > 0,
        theirs.filter.accepts(bytes),
        `${text} of ${bytes.toString('hex')}`,
      );
    theirs.filter.free();
  }
});

test('what is far away is jumped to as well', needs('linux', 'libpcap'), (t) => {
  const libpcap = new Libpcap();
  const compiler = libpcap.compiler(1, false);
  atEnd(t, () => {
    compiler.close();
    libpcap.close();
  });
  const frames = new RandomFrames(seeded(t), 1);
  const some = Array.from({ length: 300 }, () => frames.next());
  let far = 0;
  const hosts = Array.from({ length: 200 }, (_, index) => `src host 10.88.${index}.${index}`).join(' or ');
  for (const text of [
    `${hosts} or host 10.88.0.5`,
    `tcp and not (${hosts}) and port 80`,
    `(${hosts} or udp) and not (${hosts.replaceAll('src', 'dst')} or dst 10.88.0.1)`,
    `${hosts.replaceAll('src host', 'net').replaceAll(/(\d+)\.\d+( |$)/g, '$1.0$2')} or icmp or ip6 host fd00::2`,
  ]) {
    const ours = compileFilter(parseCaptureFilter(text), { linkType: 1, snapLength: 65_535, vlan: 'frame' });
    far += Number(ours.some(({ code }) => code === 5));
    const theirs = compiler.compile(text);
    assert.ok(theirs.type === 'compiled', theirs.type === 'refused' ? theirs.why : '');
    for (const bytes of some)
      assert.equal(runFilter(ours, bytes, 0, bytes.length, bytes.length) > 0, theirs.filter.accepts(bytes), text);
    theirs.filter.free();
  }
  assert.ok(far >= 2, 'some have jumps that are too far for a comparison');
});

test('what is too long for the kernel is refused', () => {
  const text = Array.from({ length: 1000 }, (_, index) => `host 10.0.${index >> 8}.${index & 255}`).join(' or ');
  assert.match(refusal(text).message, /^it makes \d+ instructions, and the kernel takes 4096; leave something out/);
});

test('an empty filter is none, and takes every packet', () => {
  for (const text of ['', '  \n\t ']) assert.equal(parseCaptureFilter(text), undefined);
  const program = compileFilter(undefined, { linkType: 1, snapLength: 96, vlan: 'frame' });
  assert.deepEqual(program, [{ code: 6, jt: 0, jf: 0, k: 96 }]);
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

test('the way of a packet is known of Linux cooked captures, as they tell it', () => {
  for (const [linkType, at] of [
    [113, 1],
    [276, 10],
  ] as const) {
    const frame = Buffer.alloc(60);
    const takes = (text: string) => {
      const program = compileFilter(parseCaptureFilter(text), { linkType, snapLength: 65_535, vlan: 'frame' });
      return runFilter(program, frame, 0, frame.length, frame.length) > 0;
    };
    assert.deepEqual([takes('inbound'), takes('outbound')], [true, false]);
    frame[at] = 4;
    assert.deepEqual([takes('inbound'), takes('outbound')], [false, true]);
  }
});
