import { fileURLToPath } from 'node:url';
import { NetworkNamespace } from '#harness/namespace.ts';

/** A network namespace in which programs of these tests tell what they see. */
export class Network extends NetworkNamespace {
  /** Runs a program beside this file in it, which prints JSON. */
  tell<T>(program: string, ...args: readonly string[]): T {
    return JSON.parse(this.run(process.execPath, fileURLToPath(new URL(program, import.meta.url)), ...args));
  }
}
