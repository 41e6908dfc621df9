/** The programs of each major of PostgreSQL in the image of backup. */
export const postgresTools = ['pg_dump', 'pg_restore'] as const;
