/** A name as SQL writes it. */
export function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** A text as SQL writes it, whatever the session takes a backslash for. */
export function literal(text: string): string {
  return text === '' ? "''" : `_utf8mb4 0x${Buffer.from(text).toString('hex')}`;
}

/** An account as SQL writes it; where only its host is different, it is another one. A role has none. */
export function account(user: string, host: string): string {
  return host === '' ? quoted(user) : `${quoted(user)}@${quoted(host)}`;
}
