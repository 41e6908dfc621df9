import { elements } from '#shared/page/elements.ts';
import { look } from '#shared/page/look.ts';
import { numbers } from '#shared/page/numbers.ts';
import { livePage } from '#shared/page/page.ts';
import { figures } from './figures.ts';
import { live } from './live.ts';
import { style } from './style.ts';

/**
 * The live page of the ambassador.
 * The program in it is the text of functions of this program, so it is checked, tested and bundled with it.
 */
export const page = livePage(() => ({
  name: 'ambassador',
  icon: 'M2 5h9l-3-3m6 9H5l3 3',
  style,
  markup: '<main id="routes"></main>\n<p id="empty" hidden></p>',
  script: `(${live})((${numbers})(),(${figures})(),(${elements})(),${look})`,
}));
