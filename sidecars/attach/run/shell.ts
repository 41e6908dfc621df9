/** A word as a POSIX shell has to read it to get the text: `top`, `'/var/log/*.log'`. */
export function quoted(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * A text of a compose file as a shell has to read it: `${NAME}` and the like mean the same to both, and `$$` is a dollar.
 * A text without them is quoted as any other.
 */
export function quotedOfCompose(text: string): string {
  const parts = text.split(/(\$\$|\$\{[^}]*\}|\$[A-Za-z_]\w*)/);
  const isFilledIn = (part: string, index: number) => index % 2 === 1 && part !== '$$';
  if (!parts.some(isFilledIn)) return quoted(parts.map((part) => (part === '$$' ? '$' : part)).join(''));
  const inner = parts.map((part, index) =>
    isFilledIn(part, index) ? part : part.replace(/^\$\$$/, '$').replaceAll(/[\\"$`]/g, '\\$&'),
  );
  return `"${inner.join('')}"`;
}
