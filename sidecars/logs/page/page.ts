import type { AdminHandler, AdminReply } from '#shared/admin.ts';
import { card, cardStyle } from '#shared/page/cards.ts';
import { elements } from '#shared/page/elements.ts';
import { look } from '#shared/page/look.ts';
import { numbers } from '#shared/page/numbers.ts';
import { livePage } from '#shared/page/page.ts';
import { rows } from '#shared/page/rows.ts';
import { live, type TopSaid } from './live.ts';
import { style } from './style.ts';

const markup = `<main>
<p id="choice"><label for="window">What was read in</label><select id="window"><option value="10s">the last 10 seconds</option><option value="1s">the last second</option><option value="1m">the last minute</option><option value="all">all the time</option></select></p>
<div class="pair">
<div>
${card('requests', 'Requests')}
</div>
<div>
${card('status', 'Status')}
${card('times', 'How long answers take', 'No line tells: nginx writes it with $request_time, Apache with %D.')}
</div>
</div>
${card('paths', 'Paths', 'None stands out.')}
${card('clients', 'Clients', 'None stands out.')}
${card('agents', 'User agents', 'None stands out.')}
</main>`;

/**
 * The live page of what access logs tell.
 * The program in it is the text of functions of this program, so it is checked, tested and bundled with it.
 */
export const page: AdminHandler = livePage(() => ({
  name: 'logs',
  icon: 'M2 3h12M2 6.5h8M2 10h10M2 13.5h5',
  style: cardStyle + style,
  markup,
  script: `(${live})((${numbers})(),(${elements})(),${rows},${look})`,
}));

/** `/top`, which is a page for browsers and JSON for those that ask for it, and `/top.json`. @param said tells what they show. */
export function topPages(said: () => TopSaid): { readonly page: AdminHandler; readonly json: AdminHandler } {
  const json: AdminHandler = ({ method, path }) => {
    if (path !== '/top' && path !== '/top.json') return missing;
    if (method !== 'GET') return refused;
    return { code: 200, type: 'application/json', body: `${JSON.stringify(said())}\n` };
  };
  return {
    json,
    page: (request) => {
      const { path, headers } = request;
      if (path !== '/top') return missing;
      const accepts = headers.accept ?? '';
      return accepts.includes('application/json') && !accepts.includes('text/html') ? json(request) : page(request);
    },
  };
}

const text = 'text/plain; charset=utf-8';
const missing: AdminReply = { code: 404, type: text, body: 'not found; there are /top and /top.json\n' };
const refused: AdminReply = { code: 405, type: text, body: 'only GET and HEAD are answered\n', headers: { allow: 'GET, HEAD' } };
