import { readFileSync } from 'node:fs';

/** The page, with its style and its program in it: it asks nobody else for anything. */
export function page(): string {
  const part = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');
  return part('page.html')
    .replace('/* style.css */', () => part('style.css'))
    .replace('/* live.js */', () => part('live.js'));
}
