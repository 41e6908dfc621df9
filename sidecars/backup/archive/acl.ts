/*
 * The kernel keeps an ACL as an attribute: a version, and of each entry its tag, its permissions and the number of a user or group
 * (linux/posix_acl_xattr.h). Archives have it as text, with numbers instead of names: that is what `tar --acls` restores.
 */
const version = 2;
const head = 4;
const entrySize = 8;
/** Of entries that name nobody. */
const nobody = 0xffffffff;

const tags = new Map<number, string>([
  [0x01, 'user'],
  [0x02, 'user'],
  [0x04, 'group'],
  [0x08, 'group'],
  [0x10, 'mask'],
  [0x20, 'other'],
]);
const tagNumbers: Readonly<Record<string, { readonly all: number; readonly named?: number }>> = {
  user: { all: 0x01, named: 0x02 },
  group: { all: 0x04, named: 0x08 },
  mask: { all: 0x10 },
  other: { all: 0x20 },
};

/** The attributes in which the kernel has ACLs, by the kind of ACL. */
export const aclAttributes = { access: 'system.posix_acl_access', default: 'system.posix_acl_default' } as const;

/** The text of an ACL, such as `user::rw-`, `user:1000:r--`, `mask::r--`, one a line. @throws Error where the bytes are no ACL. */
export function aclText(bytes: Buffer): string {
  if (bytes.length < head || bytes.readUInt32LE(0) !== version || (bytes.length - head) % entrySize !== 0)
    throw new Error('an ACL of an unknown version');
  const lines: string[] = [];
  for (let at = head; at < bytes.length; at += entrySize) {
    const number = bytes.readUInt16LE(at);
    const tag = tags.get(number);
    if (tag === undefined) throw new Error(`an ACL with the unknown tag ${number}`);
    const permissions = bytes.readUInt16LE(at + 2);
    const letters = [...'rwx'].map((letter, index) => ((permissions & (4 >> index)) === 0 ? '-' : letter)).join('');
    const named = number === tagNumbers[tag]?.named;
    lines.push(`${tag}:${named ? bytes.readUInt32LE(at + 4) : ''}:${letters}`);
  }
  return `${lines.join('\n')}\n`;
}

/** The attribute of an ACL that was written as text. @throws Error where it is none, or names somebody by name. */
export function aclBytes(text: string): Buffer {
  const entries = text.split(/[\n,]/).filter((line) => line.trim() !== '');
  const bytes = Buffer.alloc(head + entries.length * entrySize);
  bytes.writeUInt32LE(version, 0);
  for (const [index, line] of entries.entries()) {
    // a number may follow the name, as star(1) writes it
    const [, tag = '', name = '', permissions = '', number] = /^(\w+):([^:]*):([-rwx]{3})(?::(\d+))?$/.exec(line.trim()) ?? [];
    const numbers = tagNumbers[tag];
    const id = number ?? name;
    if (numbers === undefined || (id !== '' && (numbers.named === undefined || !/^\d+$/.test(id))))
      throw new Error(`cannot read "${line}" of an ACL: users and groups have to be numbers`);
    const at = head + index * entrySize;
    bytes.writeUInt16LE((id === '' ? numbers.all : numbers.named) ?? 0, at);
    bytes.writeUInt16LE(
      [...'rwx'].reduce((bits, letter, place) => bits | (permissions[place] === letter ? 4 >> place : 0), 0),
      at + 2,
    );
    bytes.writeUInt32LE(id === '' ? nobody : Number(id), at + 4);
  }
  return bytes;
}
