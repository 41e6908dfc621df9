import { extname, join } from 'node:path';

/** The file of the engine's thread: beside this one, or, in an image, beside the bundle (images/bundle.ts). */
export const script = join(import.meta.dirname, `worker${extname(import.meta.filename)}`);
