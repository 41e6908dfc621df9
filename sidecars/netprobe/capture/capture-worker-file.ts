import { extname, join } from 'node:path';

/** The file of the thread that captures: beside this one, in the source as in a bundle. */
export const captureWorkerFile = join(import.meta.dirname, `capture-worker${extname(import.meta.filename)}`);
