import { answers } from '../answers.ts';

/** The majors of PostgreSQL that can be measured, the newest first. */
export const majors = [18, 17, 15] as const;

export type Major = (typeof majors)[number];

/** The first release whose pg_dump compresses with zstd. */
export const zstdSince = 16;

/** Server and clients of a major. */
export interface Programs {
  readonly major: Major;
  /** The folder with them. */
  readonly bin: string;
}

/** Those of a major, or of the newest one that there is: where test/rig/tools-up puts them, or Debian's packages. */
export function findPrograms(wanted: Major | undefined): Programs | undefined {
  const places = majors
    .filter((major) => major === (wanted ?? major))
    .flatMap((major) =>
      [`/usr/local/lib/sidekick-rig-postgresql-${major}/bin`, `/usr/lib/postgresql/${major}/bin`].map((bin) => ({ major, bin })),
    );
  return places.find(({ bin }) =>
    ['postgres', 'initdb', 'pg_ctl', 'psql', 'pg_dump'].every((name) => answers(`${bin}/${name}`, '--version')),
  );
}
