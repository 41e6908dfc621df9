CREATE ROLE app LOGIN PASSWORD 'of the app';
CREATE DATABASE app OWNER app;
CREATE ROLE backup LOGIN CREATEDB PASSWORD 'of the backup';
GRANT pg_read_all_data TO backup;
