import { Access, type Excerpt } from '../../../../sidecars/logs/analysis/access.ts';
import { scanLine } from '../../../../sidecars/logs/analysis/scan.ts';

/** What a line tells of a request, as values. */
export interface Said {
  readonly status: number;
  readonly size: number;
  /** Null where the line does not tell. */
  readonly seconds: number | null;
  readonly method: string;
  readonly path: string;
  readonly client: string;
  readonly agent: string;
}

const access = new Access();

/** What the scanner makes of a line, with other bytes around it; undefined where it tells no request. */
export function said(line: string | Buffer): Said | undefined {
  const bytes = Buffer.from(line);
  const around = Buffer.concat([Buffer.from('"9] "'), bytes, Buffer.from('"7 "} ] ')]);
  if (!scanLine(around, 5, 5 + bytes.length, access)) return undefined;
  const { status, size, seconds, method, path, client, agent } = access;
  return {
    status,
    size,
    seconds: Number.isNaN(seconds) ? null : seconds,
    method: textOf(method),
    path: textOf(path),
    client: textOf(client),
    agent: textOf(agent),
  };
}

function textOf({ bytes, from, to }: Excerpt): string {
  return Buffer.from(bytes.subarray(from, to)).toString('latin1');
}
