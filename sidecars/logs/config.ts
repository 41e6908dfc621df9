import { defineProgram, type Settings } from '#shared/config/table.ts';
import { conflicts } from './destinations/conflicts.ts';
import { options } from './options.ts';
import { verbs } from './verb-table.ts';

export { recordFields } from './options.ts';

/** The logs sidecar as a person sees it: its options, their defaults and their words. */
export const program = defineProgram({
  name: 'logs',
  summary: "Tails the log files of a neighbour's volumes and ships every line, at least once.",
  adminPort: 9801,
  operands: { option: 'paths', usage: '[PATH…]' },
  options,
  verbs,
  examples: [
    {
      command: 'docker run -d --volumes-from web sidekick/logs',
      meaning: 'Print the log files of the container web, as JSON lines.',
    },
    {
      command:
        'docker run -d --volumes-from web -e LOGS_TO=https://logs.example/in -e LOGS_TOKEN_FILE=/run/secrets/token sidekick/logs',
      meaning: 'Ship them to an HTTP server instead.',
    },
    {
      command: "docker run --rm --volumes-from job sidekick/logs --once '/data/*.log'",
      meaning: 'Ship what a job wrote, and end.',
    },
  ],
  conflicts,
  stdoutIsResult: (settings) => settings.to.some(({ protocol }) => protocol === 'stdout:'),
  oneShot: (settings) => settings.once,
});

/** The typed settings of the logs sidecar. */
export type LogsSettings = Settings<typeof options>;
