import { extname, join } from 'node:path';

/** The file of the thread that hears of closings: beside this one, in the source as in a bundle. */
export const threadFile = join(import.meta.dirname, `worker${extname(import.meta.filename)}`);
