import type { Container, Docker } from '#harness/docker.ts';

/** How an application writes. */
export interface Writing {
  /** How many lines in all, a multiple of 100. */
  readonly lines: number;
  /** Seconds between two hundreds of lines; by default 0, as fast as it can. */
  readonly pause?: number;
  /** It waits after its first hundred until the file /begin is there, so that a first rotation does not come before a first look. */
  readonly hold?: boolean;
  /** It renames its log file each time it has written so many lines; by default it never does. */
  readonly rotate?: number;
}

const dockerfile = `
FROM debian:trixie-slim
COPY application.sh /
VOLUME /var/log/app
CMD ["sh", "/application.sh"]
`;

const script = `
set -eu
file=/var/log/app/app.log
number=0
while [ "$number" -lt "$LINES" ]; do
  seq -f 'line %06.0f of the application' $((number + 1)) $((number + 100)) >>"$file"
  number=$((number + 100))
  while [ "$HOLD" = true ] && [ ! -e /begin ]; do sleep 0.1; done
  if [ "$number" -lt "$LINES" ] && [ $((number % ROTATE)) -eq 0 ]; then mv "$file" "$file.$((number / ROTATE))"; fi
  sleep "$PAUSE"
done
echo written
trap 'exit 0' TERM
while :; do sleep 1; done
`;

/**
 * Runs an application that knows nothing of any sidecar: it writes numbered lines to /var/log/app/app.log, which its image
 * declares as a volume, and stays.
 */
export async function runApplication(
  world: Docker,
  { lines, pause = 0, hold = false, rotate = lines }: Writing,
): Promise<Container> {
  const image = await world.build(dockerfile, { 'application.sh': script });
  const settings = { LINES: lines, PAUSE: pause, HOLD: hold, ROTATE: rotate };
  return world.run(image, { flags: Object.entries(settings).flatMap(([name, value]) => ['--env', `${name}=${value}`]) });
}

/** The lines that such an application writes, in order. */
export function linesOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `line ${String(index + 1).padStart(6, '0')} of the application`);
}

/** What arrived, against what such an application wrote; lines are named by their first ten, so that a failure stays readable. */
export interface Arrival {
  readonly lost: readonly string[];
  readonly repeated: readonly string[];
  /** Lines that it never wrote. */
  readonly foreign: readonly string[];
}

/** Nothing lost, nothing repeated, nothing that was never written. */
export const exactlyOnce: Arrival = { lost: [], repeated: [], foreign: [] };

/** Holds the lines that arrived against the `count` lines that the application wrote. */
export function arrivalOf(messages: readonly string[], count: number): Arrival {
  const written = linesOf(count);
  const wanted = new Set(written);
  const arrived = new Set(messages);
  return {
    lost: some(written.filter((line) => !arrived.has(line))),
    repeated: some(repeated(messages)),
    foreign: some([...arrived].filter((line) => !wanted.has(line))),
  };
}

/** The lines that arrived more than once, each once. */
export function repeated(messages: readonly string[]): string[] {
  const seen = new Set<string>();
  return [...new Set(messages.filter((message) => seen.size === seen.add(message).size))];
}

function some(lines: readonly string[]): string[] {
  return lines.length <= 10 ? [...lines] : [...lines.slice(0, 10), `and ${lines.length - 10} more`];
}
