import { accessSync, constants } from 'node:fs';
import { messageOf } from '#shared/exit.ts';
import type { Finding } from '#shared/run.ts';
import { type Destination, destinationsOf } from './destinations/destination.ts';
import { compile, matchesAny } from './discover/pattern.ts';
import { scan } from './discover/scan.ts';
import { unreadable } from './discover/unreadable.ts';
import { partName } from './lanes.ts';
import type { LogsLife } from './logs.ts';
import { inspectState } from './remember/state.ts';
import { openSink } from './sinks/open.ts';

/** What `--check` looks at: the files, the state folder, and the destinations, to which nothing is sent. */
export async function check({ settings, origins }: LogsLife): Promise<readonly Finding[]> {
  return [
    ...(await checkFiles(settings)),
    checkState(settings.state, origins.state?.from !== 'default'),
    ...(await checkSinks(settings)),
  ];
}

async function checkFiles({ paths, exclude }: LogsLife['settings']): Promise<Finding[]> {
  const { sightings, problems } = await scan(paths.map(compile), matchesAny(exclude));
  const refused = sightings.flatMap(({ path }) => problemOf(path));
  const all = [...problems, ...refused];
  if (all.length > 0) return all.map((detail) => ({ what: 'files', ok: false, detail }));
  const detail =
    sightings.length === 0 ? 'none match yet; files that appear later are followed' : `${sightings.length} match and can be read`;
  return [{ what: 'files', ok: true, detail }];
}

function problemOf(path: string): string[] {
  try {
    accessSync(path, constants.R_OK);
    return [];
  } catch (error) {
    return [unreadable(path, error)];
  }
}

function checkState(folder: string, make: boolean): Finding {
  const problem = inspectState(folder, make);
  return { what: 'state', ok: problem === undefined, detail: problem ?? `${folder} can be written` };
}

async function checkSinks(settings: LogsLife['settings']): Promise<Finding[]> {
  let destinations: readonly Destination[];
  try {
    destinations = destinationsOf(settings);
  } catch (error) {
    return [{ what: 'sink', ok: false, detail: messageOf(error) }];
  }
  return Promise.all(
    destinations.map((destination) => checkSink(destination, partName(destination.name, destinations.length), settings)),
  );
}

async function checkSink(destination: Destination, what: string, settings: LogsLife['settings']): Promise<Finding> {
  try {
    const sink = await openSink(destination, settings);
    try {
      return { what, ok: true, detail: await sink.check() };
    } finally {
      await sink.close();
    }
  } catch (error) {
    return { what, ok: false, detail: messageOf(error) };
  }
}
