import { createHash } from 'node:crypto';
import type { AdminHandler } from '#shared/admin.ts';
import { elements } from './elements.ts';
import { figures } from './figures.ts';
import { live } from './live.ts';
import { style } from './style.ts';

/**
 * The live page of the ambassador, for `/` of the admin server: one document without anything from elsewhere.
 * The program in it is the text of functions of this program, so it is checked, tested and bundled with it.
 */
export const page: AdminHandler = ({ method }) => {
  if (method !== 'GET')
    return {
      code: 405,
      type: 'text/plain; charset=utf-8',
      body: 'only GET and HEAD are answered\n',
      headers: { allow: 'GET, HEAD' },
    };
  document ??= build();
  return document;
};

let document: ReturnType<typeof build> | undefined;

function build() {
  const script = `(${live})((${figures})(),(${elements})())`;
  const icon = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><path d='M2 5h9l-3-3m6 9H5l3 3' fill='none' stroke='#3b82f6' stroke-width='2'/></svg>`;
  const body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>ambassador</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(icon)}">
<style>${style}</style>
<header><h1>ambassador</h1><span id="ready" hidden></span><span id="facts"></span><span id="total"></span></header>
<p id="gone" role="alert" hidden></p>
<ul id="problems"></ul>
<main id="routes"></main>
<p id="empty" hidden></p>
<noscript>This page needs JavaScript; /status tells the same.</noscript>
<footer><a href="status">status</a> <a href="metrics">metrics</a> <a href="readyz">ready</a></footer>
<script>${script}</script>
</html>
`;
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
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
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
