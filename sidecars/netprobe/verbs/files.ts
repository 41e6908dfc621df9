import { Exit, exitCode } from '#shared/exit.ts';
import { print } from '#shared/print.ts';
import { plain, table } from '#shared/tables/table.ts';
import type { NetprobeLife } from '../netprobe.ts';
import { explainElsewhere, lookAtOthers } from '../processes/looking.ts';
import type { OpenFile } from '../processes/open-files.ts';
import { type SocketWords, socketsByInode } from '../processes/socket-words.ts';

/** What `netprobe files` is asked for. */
export interface FilesWords {
  /** The number of one process. */
  readonly words: readonly string[];
  readonly json: boolean;
}

/**
 * `netprobe files`: the open files of a process, sockets with both their addresses.
 * @throws Exit with 77 where they are refused, saying which flags give them, and 1 where there is no such process.
 */
export async function files({ log }: Pick<NetprobeLife, 'log'>, { words, json }: FilesWords): Promise<void> {
  const pid = Number(words[0]);
  const { table: processes, processes: all, missing } = lookAtOthers();
  if (!all.some((process) => process.pid === pid))
    throw new Exit(exitCode.failed, `there is no process ${pid} that can be seen; netprobe ps lists those there are`);
  const found = processes.filesOf(pid);
  if (found === undefined) {
    const [sentence] = missing();
    if (sentence !== undefined) throw new Exit(exitCode.permission, sentence);
    throw new Exit(exitCode.failed, `process ${pid} ended meanwhile`);
  }
  const sockets = socketsByInode();
  await print(json ? `${JSON.stringify(found.map((file) => asJson(file, sockets)))}\n` : asTable(found, sockets));
  const elsewhere = found.some(({ socket }) => socket !== 0) ? explainElsewhere(processes, [pid]) : undefined;
  if (elsewhere !== undefined) log.warn(elsewhere);
}

function asTable(found: readonly OpenFile[], sockets: ReadonlyMap<number, SocketWords>): string {
  const rows = found.map((file) => {
    const socket = sockets.get(file.socket);
    return [
      String(file.fd),
      socket?.protocol ?? file.kind,
      file.access,
      socket?.state ?? '',
      plain(socket === undefined ? file.target : ends(socket, file.target)),
    ];
  });
  return table([['FD', 'KIND', 'ACCESS', 'STATE', 'TARGET'], ...rows], { right: [0] });
}

/** `10.0.0.1:80 -> 10.0.0.2:4242`. */
function ends({ local, peer }: SocketWords, target: string): string {
  if (local === '' && peer === '') return target;
  return peer === '' ? local : `${local === '' ? target : local} -> ${peer}`;
}

function asJson(
  { fd, kind, access, target, socket }: OpenFile,
  sockets: ReadonlyMap<number, SocketWords>,
): Record<string, unknown> {
  const words = sockets.get(socket);
  return {
    fd,
    kind,
    access: access === '' ? null : access,
    target,
    ...(words && { protocol: words.protocol, state: words.state, local: words.local, peer: words.peer }),
  };
}
