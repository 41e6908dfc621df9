// where test/rig/tools-up puts database servers of several versions, with their clients

/** The majors of PostgreSQL that the rig brings, the oldest first. */
export const postgresMajors = [15, 17, 18] as const;

export type PostgresMajor = (typeof postgresMajors)[number];

/** The folder with the programs of one major: `postgres`, `initdb`, `pg_dump`, `psql` and the others. */
export function postgresBin(major: PostgresMajor): string {
  return `/usr/local/lib/sidekick-rig-postgresql-${major}/bin`;
}

/** The folder with `mariadbd`, `mariadb-install-db`, `mariadb` and `mariadb-dump`. */
export const mariadbBin = '/usr/local/lib/sidekick-rig-mariadb/bin';
