import { hostname } from 'node:os';
import type { Values } from '#shared/config/table.ts';
import { print } from '#shared/print.ts';
import type { Followed } from '../follow/followed.ts';
import type { LogsLife } from '../logs.ts';
import type { Format } from '../record/format.ts';
import { ndjson } from '../record/ndjson.ts';
import { recorderFor } from '../record/recorders.ts';
import type { Sink } from '../sinks/sink.ts';
import type { verbs } from '../verb-table.ts';
import { labelled } from './labelled.ts';
import { lastRecords } from './last-records.ts';
import { lookOn } from './onlooker.ts';

/** What `logs tail` is asked for. */
export type TailOptions = Values<(typeof verbs)['tail']['options']>;

/**
 * `logs tail`: the last records of files, and then what comes, in the order of arrival. Records are those that would be shipped: of several lines, decoded,
 * filtered, as the settings say.
 * @throws Exit where no file matches, and none is to be waited for.
 */
export async function tail(life: Pick<LogsLife, 'settings' | 'log' | 'stopping' | 'env'>, given: TailOptions): Promise<void> {
  const { stopping, env } = life;
  // an archive has no end that grows
  const settings = { ...life.settings, readGzip: false };
  const files = given.files ?? settings.paths;
  const format = given.json ? json(settings) : text(files, env.NO_COLOR);
  const make = (file: Followed, kept: Format) => recorderFor(file, kept, settings);
  await lookOn(
    { ...life, settings },
    {
      files,
      start: 'end',
      once: given.noFollow,
      recorder: (file) => make(file, format),
      sink: printed(format),
      met: async (found) => {
        const last = { count: given.lines, format, make, maxLine: settings.maxLine, final: given.noFollow };
        for (const file of found) {
          const records = lastRecords(file, last);
          if (records.length > 0) await print(records, stopping);
        }
      },
    },
    stopping,
  );
}

/** The same as JSON lines, written one by one. */
function json({ host, labels }: Pick<LogsLife['settings'], 'host' | 'labels'>): Format {
  const { contentType, write } = ndjson(host ?? hostname(), labels);
  return { contentType, write };
}

/** @param noColor whatever it is, unless it is empty, asks for no colours: https://no-color.org */
function text(files: readonly string[], noColor: string | undefined): Format {
  const terminal = process.stdout.isTTY === true;
  return labelled({ files, terminal, colours: terminal && (noColor ?? '') === '' });
}

/** Records are shown when the reader of the standard output has taken them. */
function printed(format: Format): Sink {
  return {
    name: 'stdout',
    format,
    concurrency: 1,
    send: async ({ body }, signal) => {
      await print(body, signal);
      return undefined;
    },
    check: async () => 'stdout is open',
    close: async () => {},
  };
}
