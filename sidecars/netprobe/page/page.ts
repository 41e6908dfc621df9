import type { AdminHandler } from '#shared/admin.ts';
import { card, cardStyle } from '#shared/page/cards.ts';
import { elements } from '#shared/page/elements.ts';
import { look } from '#shared/page/look.ts';
import { numbers } from '#shared/page/numbers.ts';
import { livePage } from '#shared/page/page.ts';
import { rows } from '#shared/page/rows.ts';
import { connections } from './connections.ts';
import { figures } from './figures.ts';
import { live } from './live.ts';
import { style } from './style.ts';

const markup = `<p id="orphaned" role="alert" hidden></p>
<main>
<div class="pair">
<div>
${card('interfaces', 'Interfaces')}
${card('ports', 'Ephemeral ports', 'None is in use.')}
</div>
<div>
${card('states', 'TCP connections')}
${card('listeners', 'Listeners', 'Nothing listens here.')}
</div>
</div>
${card('checks', 'Checks', 'None: NETPROBE_CHECKS names what is to be asked.')}
${card('in', 'Who connects to it', 'Nobody yet.')}
${card('out', 'What it connects to', 'Nothing yet.')}
</main>`;

/**
 * The live page of the network probe.
 * The program in it is the text of functions of this program, so it is checked, tested and bundled with it.
 */
export const page: AdminHandler = livePage(() => ({
  name: 'netprobe',
  icon: 'M1 8h3l2-5 4 10 2-5h3',
  style: cardStyle + style,
  markup,
  script: `(${live})((${numbers})(),(${figures})(),(${elements})(),${rows},${connections},${look})`,
}));
