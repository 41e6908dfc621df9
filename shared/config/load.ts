import { readFileSync, readlinkSync } from 'node:fs';
import { type Reading, read, type Source } from './read.ts';
import type { Options, Program } from './table.ts';
import { type Asked, readTool, type Tool } from './tool.ts';
import type { Verbs } from './verb.ts';

/** Reads the settings of a program from this process. Nothing else in the project touches `process.env` or `process.argv`. */
export function load<O extends Options, V extends Verbs>(program: Program<O, V>): Reading<O, V> {
  const argv = process.argv.slice(2);
  const source: Source = { argv, env: { ...process.env }, readFile: (path) => readFileSync(path, 'utf8') };
  const reading = read(program, source);
  // a HEALTHCHECK runs beside PID 1 with the container's environment but without its flags, of which one may be --admin
  return reading.mode === 'healthy' ? read(program, { ...source, argv: [...flagsOfFirstProcess(), ...argv] }) : reading;
}

/** Reads the command line of a tool from this process. */
export function loadTool<O extends Options, V extends Verbs>(tool: Tool<O, V>): Asked<O, V> {
  return readTool(tool, process.argv.slice(2));
}

/** The words given to PID 1, where that is this very program; none where it is another one or cannot be seen. */
function flagsOfFirstProcess(): string[] {
  try {
    if (process.pid === 1 || readlinkSync('/proc/1/exe') !== readlinkSync('/proc/self/exe')) return [];
    const words = readFileSync('/proc/1/cmdline', 'utf8').split('\0').slice(0, -1);
    const script = process.argv[1] ?? '';
    return words.includes(script) ? words.slice(words.indexOf(script) + 1) : [];
  } catch {
    // no /proc, or hidden from this user: the environment alone has to do
    return [];
  }
}
