#!/bin/sh
# Makes the database when the volume is empty, and runs PostgreSQL.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  printf '%s' "$POSTGRES_PASSWORD" >/tmp/password
  initdb --username=postgres --pwfile=/tmp/password --auth=scram-sha-256 --locale=C.UTF-8
  rm /tmp/password
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  # a statement on each line
  postgres --single -D "$PGDATA" postgres </roles.sql >/dev/null
fi
exec postgres -c 'listen_addresses=*'
