import assert from 'node:assert/strict';
import { lstatSync } from 'node:fs';
import { describe, test } from 'node:test';
import { temporaryMount } from '#harness/mount.ts';
import { needs } from '#harness/needs.ts';
import { defaultSources, sourcesOf } from '../../../../sidecars/backup/sources/default-sources.ts';
import { parseMounts, readMounts } from '../../../../sidecars/backup/sources/mounts.ts';

/** What a container sees that was started with `--volumes-from` and `--init`. */
const container = `600 500 0:52 / / rw,relatime master:1 - overlay overlay rw,lowerdir=/l
601 600 0:55 / /proc rw,nosuid - proc proc rw
602 600 0:56 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k
603 602 0:57 / /dev/pts rw - devpts devpts rw
604 600 0:58 / /sys ro - sysfs sysfs ro
605 604 0:29 / /sys/fs/cgroup ro - cgroup2 cgroup rw
606 602 0:54 / /dev/mqueue rw - mqueue mqueue rw
607 600 254:1 /var/lib/docker/volumes/pg/_data /var/lib/postgresql/data rw,relatime master:1 - ext4 /dev/vda1 rw
608 600 254:1 /srv/my\\040files\\011x /srv/my\\040files\\134 ro shared:1 master:2 - ext4 /dev/vda1 rw
609 600 254:1 /home/me/app.conf//deleted /etc/app.conf rw - ext4 /dev/vda1 rw
610 600 254:1 /docker/c/resolv.conf /etc/resolv.conf rw - ext4 /dev/vda1 rw
611 600 254:1 /docker/c/hostname /etc/hostname rw - ext4 /dev/vda1 rw
612 600 254:1 /docker/c/hosts /etc/hosts rw - ext4 /dev/vda1 rw
613 600 0:60 / /run/secrets rw - tmpfs tmpfs rw
614 600 254:1 /srv/key /run/secrets/key ro - ext4 /dev/vda1 rw
615 600 254:1 /usr/bin/docker-init /sbin/docker-init ro - ext4 /dev/vda1 rw
616 600 0:61 / /tmp rw - tmpfs tmpfs rw
617 600 254:1 /volumes/state/_data /state rw - ext4 /dev/vda1 rw
618 600 254:1 /volumes/both/_data /both rw - xfs /dev/vdb rw
619 602 254:1 /kubelet/log /dev/termination-log rw - ext4 /dev/vda1 rw
620 600 0:70 / /media rw - fuse.sshfs host:/media rw
621 600 0:71 / /volumes rw - autofs systemd-1 rw
622 600 0:72 / /nfs rw - nfs4 server:/x rw
`;

describe('mountinfo', () => {
  test('is read with its escapes, and a deleted part is known as one', () => {
    const mounts = parseMounts(Buffer.from(container));
    assert.equal(mounts.length, 23);
    const of = (type: string, point: string) =>
      mounts.find((mount) => mount.type === type && mount.point.equals(Buffer.from(point)));
    assert.equal(of('ext4', '/srv/my files\\')?.root.toString(), '/srv/my files\tx');
    assert.deepEqual(of('ext4', '/etc/app.conf'), {
      point: Buffer.from('/etc/app.conf'),
      root: Buffer.from('/home/me/app.conf'),
      deleted: true,
      type: 'ext4',
    });
  });

  test('a mount that another one covers is none', () => {
    const text = '1 0 8:1 / /data rw - ext4 /dev/a rw\n2 1 0:5 / /data rw - tmpfs tmpfs rw\n\nno mount\n';
    assert.deepEqual(
      parseMounts(Buffer.from(text)).map(({ type }) => type),
      ['tmpfs'],
    );
  });

  test('bytes that are not UTF-8 stay as they are', () => {
    const line = Buffer.concat([Buffer.from('1 0 8:1 / /'), Buffer.from([0xff]), Buffer.from(' rw - ext4 /dev/a rw\n')]);
    assert.deepEqual(parseMounts(line)[0]?.point, Buffer.from([0x2f, 0xff]));
  });
});

describe('the sources where none are named', () => {
  test('are the volumes, the bind mounts and the single files among them', () => {
    const sources = sourcesOf(parseMounts(Buffer.from(container)), ['/state', '/tmp', '/both/backups']);
    assert.deepEqual(sources, ['/var/lib/postgresql/data', '/srv/my files\\', '/etc/app.conf', '/both', '/media', '/nfs']);
  });

  test('are really there, and nothing that this machine makes up', needs('linux', 'root'), (t) => {
    const tmpfs = temporaryMount(t, 'size=64k');
    assert.ok(readMounts().some(({ point, type }) => type === 'tmpfs' && point.equals(Buffer.from(tmpfs))));
    const sources = defaultSources([]);
    for (const source of sources) assert.ok(lstatSync(source).isDirectory() || lstatSync(source).isFile(), source);
    for (const left of ['/', '/proc', '/sys', '/etc/hosts', tmpfs]) assert.ok(!sources.includes(left), left);
  });
});
