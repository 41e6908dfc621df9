import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { needs } from '#harness/needs.ts';
import { seeded } from '#harness/random.ts';
import { compileFilter } from '../../../../../sidecars/netprobe/capture/bpf/compile-filter.ts';
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

test('an empty filter is none, and takes every packet', () => {
  for (const text of ['', '  \n\t ']) assert.equal(parseCaptureFilter(text), undefined);
  const program = compileFilter(undefined, { linkType: 1, snapLength: 96, vlan: 'frame' });
  assert.deepEqual(program, [{ code: 6, jt: 0, jf: 0, k: 96 }]);
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
