import type { AdminHandler, AdminReply } from '../admin.ts';
import { style as common } from './style.ts';

/** What a live page is made of. */
export interface PageParts {
  /** Of the sidecar. */
  readonly name: string;
  /** The path of its icon, in a square of 16. */
  readonly icon: string;
  /** What its looks have beside those that all pages have. */
  readonly style: string;
  /** Its own markup, between what is wrong and the links at the end. */
  readonly markup: string;
  /** Its program. It finds `#ready`, `#facts`, `#total`, `#gone` and `#problems` beside its own markup. */
  readonly script: string;
}

/**
 * The live page of a sidecar, for `/` of the admin server: one document without anything from elsewhere.
 * It is made when it is first asked for.
 */
export function livePage(parts: () => PageParts): AdminHandler {
  let document: AdminReply | undefined;
  return ({ method }) => {
    if (method !== 'GET')
      return {
        code: 405,
        type: 'text/plain; charset=utf-8',
        body: 'only GET and HEAD are answered\n',
        headers: { allow: 'GET, HEAD' },
      };
    document ??= build(parts());
    return document;
  };
}

function build({ name, icon, style, markup, script }: PageParts): AdminReply {
  const looks = common + style;
  const drawn = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><path d='${icon}' fill='none' stroke='#3b82f6' stroke-width='2'/></svg>`;
  const body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${name}</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(drawn)}">
<style>${looks}</style>
<header><h1>${name}</h1><span id="ready" hidden></span><span id="facts"></span><span id="total"></span></header>
<p id="gone" role="alert" hidden></p>
<ul id="problems"></ul>
${markup}
<noscript>This page needs JavaScript; /status tells the same.</noscript>
<footer><a href="status">status</a> <a href="metrics">metrics</a> <a href="readyz">ready</a></footer>
<script>${script}</script>
</html>
`;
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(looks)}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  const headers = { 'content-security-policy': policy, 'referrer-policy': 'no-referrer' };
  return { code: 200, type: 'text/html; charset=utf-8', body, headers };
}

/** The source of a Content-Security-Policy that allows this text alone: https://www.w3.org/TR/CSP3/#grammardef-hash-source */
function hashOf(text: string): string {
  return `'sha256-${process.getBuiltinModule('node:crypto').createHash('sha256').update(text).digest('base64')}'`;
}
