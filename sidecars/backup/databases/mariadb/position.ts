import { inSession, type Reach, type Session } from './session.ts';

/** Where a server's log of changes stood: its file, the place in that, and GTIDs where there are. */
export interface Position {
  readonly file: string;
  readonly position: string;
  readonly gtid?: string;
}

/**
 * Where the log stood when the snapshot of this session was taken, which MariaDB keeps: https://mariadb.com/docs/server/server-management/server-monitoring-logs/binary-log
 * Undefined where it keeps no log, and on MySQL. @throws DatabaseError
 */
export async function positionOfSnapshot(session: Session): Promise<Position | undefined> {
  const status = new Map(
    (await session.rows(`show status like 'binlog_snapshot_%'`)).map(([name = '', value = '']) => [name.toLowerCase(), value]),
  );
  const file = status.get('binlog_snapshot_file') ?? '';
  const position = status.get('binlog_snapshot_position') ?? '';
  if (file === '' || position === '') return undefined;
  const { gtid } = await session.row(['gtid'], `select ifnull(binlog_gtid_pos('${file}', ${position}), '')`);
  return { file, position, ...(gtid !== '' && { gtid }) };
}

/** Where the log of MySQL stands now: for a moment when the tables are locked. Undefined where that may not be asked. Never throws. */
export async function positionNow(reach: Reach): Promise<Position | undefined> {
  // the name since 8.2, and the one before
  for (const statement of ['show binary log status', 'show master status']) {
    const rows = await inSession(reach, undefined, (session) => session.rows(statement)).catch(() => []);
    const [file, position, , , gtid] = rows[0] ?? [];
    if (file !== undefined && position !== undefined)
      return { file, position, ...(gtid !== undefined && gtid !== '' && { gtid }) };
  }
  return undefined;
}

/** The place that `mariadb-dump --master-data=2` writes as a comment near the beginning of a dump. */
export function positionIn(head: string): Pick<Position, 'file' | 'position'> | undefined {
  const [, file, position] = /^-- CHANGE MASTER TO MASTER_LOG_FILE='([^']+)', MASTER_LOG_POS=(\d+);$/m.exec(head) ?? [];
  return file === undefined || position === undefined ? undefined : { file, position };
}
