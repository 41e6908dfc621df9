import type { LogsSettings } from '../config.ts';
import type { Followed } from '../follow/followed.ts';
import { ChosenRecorder } from './chosen.ts';
import { containerLines } from './container-lines.ts';
import type { Content } from './content.ts';
import { datedLines } from './dated-lines.ts';
import { filterOf } from './filter/filter.ts';
import type { Format } from './format.ts';
import { GeneralRecorder } from './general.ts';
import { joinerOf } from './multiline/rules.ts';
import { cri } from './parse/cri.ts';
import { docker } from './parse/docker.ts';
import { json } from './parse/json.ts';
import { plain } from './parse/plain.ts';
import { PlainRecorder } from './plain.ts';
import { QuickRecorder } from './quick.ts';
import type { Recorder } from './recorder.ts';
import { hasPlaceForTime } from './timed.ts';

/** What a recorder is told of the settings. */
export type RecordSettings = Pick<
  LogsSettings,
  'format' | 'multiline' | 'multilineWait' | 'maxLine' | 'include' | 'excludeLines' | 'redact' | 'sample' | 'labels'
>;

const parsers = { plain, docker, cri, json };
/** Fields that a sink may write of its own in a record of a JSON line. */
const written = ['time', '@timestamp', 'file', 'host'];

/** What the recorders of all files share: there may be many thousands. */
const shared = new WeakMap<RecordSettings, ReturnType<typeof share>>();

function share(settings: RecordSettings) {
  const taken = [...written, ...Object.keys(settings.labels)].map((name) => JSON.stringify(name));
  return { filter: filterOf(settings), joiner: joinerOf(settings.multiline), taken: new Set(taken) };
}

/** The recorder for one file and one sink. The fastest that does what the settings ask for. */
export function recorderFor(file: Followed, format: Format, settings: RecordSettings): Recorder {
  const { envelope, frame } = format;
  const { maxLine, multilineWait } = settings;
  const { filter, joiner, taken } = shared.getOrInsertComputed(settings, share);

  const general = (kind: keyof typeof parsers): GeneralRecorder => {
    const bare = kind === 'plain' || kind === 'json';
    return new GeneralRecorder(file, format, { maxLine, multilineWait, parse: parsers[kind], bare, joiner, filter, taken });
  };
  const timed = (kind: keyof typeof parsers): Recorder => {
    if (filter !== undefined || !hasPlaceForTime(format)) return general(kind);
    const slow = general(kind);
    if (kind === 'plain') return new QuickRecorder(datedLines(file, maxLine, format, joiner?.()), slow);
    if (kind === 'json' || joiner !== undefined) return slow;
    return new QuickRecorder(containerLines(kind, file, maxLine, format, slow), slow);
  };
  const chosen = ({ format: kind, dated }: Content): Recorder => {
    if (kind !== 'plain' || dated || filter !== undefined || envelope === undefined) return timed(kind);
    return new PlainRecorder(file, maxLine, { ...format, envelope }, joiner?.());
  };
  const group = frame?.open(file.label, undefined);
  switch (settings.format) {
    case 'auto':
      return new ChosenRecorder(file, chosen, group);
    case 'plain':
      return new ChosenRecorder(file, ({ dated }) => chosen({ format: 'plain', dated }), group);
    default:
      return timed(settings.format);
  }
}
