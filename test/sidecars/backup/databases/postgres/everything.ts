/** Statements for a database with nearly all that PostgreSQL 15 knows. */
export const everything = String.raw`
CREATE EXTENSION hstore; CREATE EXTENSION pg_trgm; CREATE EXTENSION citext;
CREATE SCHEMA "odd.schema"; COMMENT ON SCHEMA "odd.schema" IS 'it''s; "odd"';
CREATE TYPE mood AS ENUM ('sad', 'ok', 'it''s "fine"; really');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TYPE pair AS (a int, b text);
CREATE TYPE floatrange AS RANGE (subtype = float8);

CREATE TABLE types (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  n numeric, f float8, r real, b bytea, ts timestamptz, t timestamp, d date, ti time, tz timetz, i interval, bo boolean, u uuid,
  j json, jb jsonb, jp jsonpath, x xml, m money, ip inet, ci cidr, mac macaddr, bits varbit, po point, pol polygon, tv tsvector,
  tq tsquery, e mood, dom positive, c pair, ir int4range, mr int4multirange, fr floatrange, ints int[], texts text[][], moods mood[],
  h hstore, cit citext, ch char(5), nm name, o oid, "char" "char", lsn pg_lsn, te text,
  g int GENERATED ALWAYS AS (length(te)) STORED
);
INSERT INTO types DEFAULT VALUES;
INSERT INTO types (n, f, r, b, ts, t, d, ti, tz, i, bo, u, j, jb, jp, x, m, ip, ci, mac, bits, po, pol, tv, tq, e, dom, c, ir, mr, fr, ints, texts,
  moods, h, cit, ch, nm, o, "char", lsn, te) VALUES
  (12345678901234567890.123456789, 0.1, 1e-30, '\x00ff5c27', '2026-11-26 03:15:00.123456+05:30', 'infinity', '4713-01-01 BC', '24:00', '12:00+02',
   '1 year -2 mons 3 days 04:05:06.789', true, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"a" : [1,  2], "a": null}', '{"b": {"c": "ü\u2028"}}', '$.a[*] ? (@ > 1)',
   '<a b="c">&lt;</a><!-- -->', 12.34, '::1/128', '10.0.0.0/8', '08:00:2b:01:02:03', B'10101', '(1.5,-2)', '((0,0),(1,1),(1,0))', 'the fat:3A cat', 'fat & (rat | cat:*)',
   'it''s "fine"; really', 7, ROW(1, 'b "quoted", \ and' || chr(10) || 'a line'), '[1,10)', '{[1,3),[5,8)}', '(0.5,)', '{1,NULL,3}', '{{a,"b c"},{NULL,"NULL"}}',
   '{ok,"it''s \"fine\"; really"}', 'a => 1, b => NULL, "c d" => "e\"f"', 'CaseLess', 'ab', 'a name', 4294967295, 'c', '16/B374D848', E'tab\there, line\nthere, back\\slash, \\N, \\. and ''quotes''');
INSERT INTO types (n, f, r, ts, i, ir, te) VALUES ('NaN', 'NaN', '-Infinity', '-infinity', '00:00', 'empty', ''), ('Infinity', 'Infinity', '-0', '0001-01-01 BC', '-178000000 years', '(,)', repeat('ä', 5000));
CREATE UNIQUE INDEX types_te ON types (md5(te)); CREATE INDEX types_trgm ON types USING gin (te gin_trgm_ops) WHERE te <> '';
CREATE STATISTICS types_stat ON n, f FROM types;

CREATE SEQUENCE odd START 5 INCREMENT 7 MAXVALUE 1000 CYCLE; SELECT nextval('odd'), nextval('odd');
CREATE TABLE numbered (id serial PRIMARY KEY, big bigserial, other int DEFAULT nextval('odd'), made timestamptz DEFAULT '2026-11-26', CHECK (id > 0));
INSERT INTO numbered DEFAULT VALUES; INSERT INTO numbered DEFAULT VALUES; DELETE FROM numbered WHERE id = 2;

CREATE TABLE measures (at date NOT NULL, value int) PARTITION BY RANGE (at);
CREATE TABLE measures_2025 PARTITION OF measures FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY LIST (value);
CREATE TABLE measures_2025_one PARTITION OF measures_2025 FOR VALUES IN (1); CREATE TABLE measures_2025_other PARTITION OF measures_2025 DEFAULT;
CREATE TABLE measures_rest PARTITION OF measures DEFAULT; CREATE INDEX ON measures (value);
INSERT INTO measures SELECT '2024-06-01'::date + i, i % 3 FROM generate_series(1, 900) i;
CREATE TABLE base (a int); CREATE TABLE child (b text) INHERITS (base);
INSERT INTO base VALUES (1); INSERT INTO child VALUES (2, 'two');
CREATE UNLOGGED TABLE passing AS SELECT generate_series(1, 10) AS i;

CREATE TABLE hen (id int PRIMARY KEY, egg int NOT NULL); CREATE TABLE egg (id int PRIMARY KEY, hen int NOT NULL REFERENCES hen DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE hen ADD FOREIGN KEY (egg) REFERENCES egg DEFERRABLE INITIALLY DEFERRED;
BEGIN; INSERT INTO hen VALUES (1, 2); INSERT INTO egg VALUES (2, 1); COMMIT;

CREATE TABLE "we ird;Table" ("Col umn" int PRIMARY KEY, "quote""d" text, "select" text DEFAULT 'a;b'); INSERT INTO "we ird;Table" VALUES (1, 'q"q', ';');
CREATE TABLE "odd.schema"."UPPER.lower" ("x" int, x2 int REFERENCES "we ird;Table"); INSERT INTO "odd.schema"."UPPER.lower" VALUES (1, 1);
CREATE TABLE x (x text); INSERT INTO x VALUES ('x'); CREATE TABLE t (t int, x int); INSERT INTO t VALUES (1, 2);
CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES; INSERT INTO nothing DEFAULT VALUES;
CREATE TABLE altered (a int, gone text, b int); INSERT INTO altered VALUES (1, 'gone', 2); ALTER TABLE altered DROP COLUMN gone, ADD COLUMN later int DEFAULT 42;

CREATE VIEW seen AS SELECT te, e FROM types WHERE n > 0; CREATE MATERIALIZED VIEW kept AS SELECT count(*) AS many, sum(value) AS total FROM measures; CREATE INDEX ON kept (many);
CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n * 2';
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'a restore must not ask; "me"'; END $$;
CREATE TABLE guarded (a int); INSERT INTO guarded VALUES (1); CREATE TRIGGER guard BEFORE INSERT ON guarded FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE RULE nobody AS ON DELETE TO guarded DO INSTEAD NOTHING;
CREATE TABLE owned (who text, what int); INSERT INTO owned VALUES ('a', 1), ('b', 2); ALTER TABLE owned ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON owned USING (who = current_user);
CREATE PUBLICATION told FOR TABLE base;
SELECT lo_from_bytea(0, '\x00010203'), lo_from_bytea(0, decode(repeat('ab', 100000), 'hex'));
`;
