import { spawnSync } from 'node:child_process';

/** How each tool that peers are made of is asked for its version. */
const probes = {
  bash: ['--version'],
  tar: ['--version'],
  zstd: ['--version'],
  gzip: ['--version'],
  age: ['--version'],
  rclone: ['version'],
  restic: ['version'],
  borg: ['--version'],
} as const;

/** The name of a tool. */
export type Tool = keyof typeof probes;

export const tools = Object.keys(probes) as readonly Tool[];

const known = new Map<Tool, string | undefined>();

/** The version that PATH has of a tool; undefined where it has none that answers. */
export function versionOf(tool: Tool): string | undefined {
  if (!known.has(tool)) {
    const { status, stdout, stderr } = spawnSync(tool, probes[tool], { encoding: 'utf8', timeout: 10_000 });
    known.set(tool, status === 0 ? versionIn(stdout + stderr) : undefined);
  }
  return known.get(tool);
}

/** What looks like a version in the words of a tool; `?` where nothing does. */
export function versionIn(text: string): string {
  return /\d+(?:\.\d+)+/.exec(text)?.[0] ?? '?';
}
