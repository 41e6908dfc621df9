import { takeStamp, writeStamp } from './clock';
import { copyCri, readCri } from './cri';
import { copyDocker, readDocker } from './docker';
import { behindLastLineEnd, lf, lineEnd } from './ends';
import { copy, repaired, setRepaired } from './escape';
import { countOn, end, group, held, more, long as odd, report, room } from './report';
import { isErr, isWhole, out, tellMessage, timeFrom, timeTo } from './told';

// which streams are taken
const any: u32 = 0;
const errOnly: u32 = 2;

/** Takes a line whose LF is at `ended` apart. */
function read(isCri: bool, line: usize, ended: usize): bool {
  return isCri ? readCri(line) : readDocker(line, ended);
}

/**
 * Encodes lines that a container runtime wrapped, `[from, to)`, at `at`; see ../../container-lines.ts. A record is head, time, neck, message, and the suffix of its
 * stream. Lines whose parts are one record lie together; where the other stream comes in between, or a line has another form, it stops.
 * @param isCri whether they are those of CRI, or those of Docker.
 * @param clocked whether the stamp is the time of the record, in nanoseconds; then the time is nowhere else.
 * @param only 0 for both streams, 1 for stdout, 2 for stderr: it stops before the other one.
 */
export function container(
  isCri: bool,
  from: usize,
  to: usize,
  maxLine: usize,
  at: usize,
  limit: usize,
  head: usize,
  headLength: usize,
  neck: usize,
  neckLength: usize,
  stdout: usize,
  stdoutLength: usize,
  stderr: usize,
  stderrLength: usize,
  stamp: usize,
  clocked: bool,
  only: u32,
): void {
  const kept = load<u8>(to);
  store<u8>(to, lf);
  const tail = behindLastLineEnd(from, to);
  let stop = end;
  let records: u32 = 0;
  let done: u32 = 0;
  let p = from;
  let o = at;
  setRepaired(0);

  while (p < tail) {
    let line = p;
    let ended = lineEnd(line);
    if (!read(isCri, line, ended)) {
      stop = odd;
      break;
    }
    const inErr = isErr;
    if (only !== any && (only === errOnly) !== inErr) {
      stop = group;
      break;
    }
    const timeLength: usize = clocked ? 0 : timeTo - timeFrom;
    const body = o + headLength + timeLength + neckLength;
    if (body > limit) {
      stop = room;
      break;
    }
    if (clocked) writeStamp(stamp, timeFrom, timeTo - timeFrom);
    copy(o, head, headLength);
    copy(o + headLength, timeFrom, timeLength);
    copy(o + headLength + timeLength, neck, neckLength);
    tellMessage(body, false);
    while (true) {
      stop = isCri ? copyCri(ended, out, limit) : copyDocker(line, out, limit);
      if (!stop && out - body > maxLine) stop = odd;
      line = ended + 1;
      if (stop || isWhole) break;
      if (line >= tail) {
        stop = held;
        break;
      }
      ended = lineEnd(line);
      if (!read(isCri, line, ended) || isErr !== inErr) {
        stop = odd;
        break;
      }
    }
    if (stop) break;
    const suffix = inErr ? stderr : stdout;
    const suffixLength = inErr ? stderrLength : stdoutLength;
    copy(out, suffix, suffixLength);
    o = out + suffixLength;
    records++;
    done = repaired;
    if (clocked) takeStamp();
    else if (stamp) countOn(stamp);
    p = line;
  }
  if (!stop && p < to) stop = more;

  store<u8>(to, kept);
  report(p - from, o - at, records, done, stop);
}
