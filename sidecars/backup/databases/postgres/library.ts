// What we use of pg, by name, so that a bundle holds nothing else; images/bundle.ts makes a file of its own of it. Load it by `await import()`.
import pg from 'pg';

export const { Client, DatabaseError: ServerError } = pg;
