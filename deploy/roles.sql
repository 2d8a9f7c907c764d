-- The hub's database roles, its database and its extensions, for a database administrator. PostgreSQL 15 to 18.
--
--   HUB_OWNER_PASSWORD=... HUB_APP_PASSWORD=... HUB_WORKER_PASSWORD=... HUB_SEED_PASSWORD=... \
--     psql --dbname=postgres --set=database=hub --file=deploy/roles.sql
--
-- Run it as a superuser, with psql 15 or newer. Running it again corrects what was changed, and harms nothing.
-- `manage.py roles` does the same, and sends only the passwords' SCRAM verifiers.
--
--   hub_owner   owns the tables and migrates
--   hub_app     serves people's requests; owns nothing
--   hub_worker  system jobs and the sequencer; becomes hub_app to act for a person
--   hub_guard   logs in nowhere; owns the functions that policies call
--   hub_seed    loads and dumps data, past row-level security

\set ON_ERROR_STOP on
\set QUIET on
\getenv owner_password HUB_OWNER_PASSWORD
\getenv app_password HUB_APP_PASSWORD
\getenv worker_password HUB_WORKER_PASSWORD
\getenv seed_password HUB_SEED_PASSWORD

SET password_encryption = 'scram-sha-256';
SET log_statement = 'none';

SELECT format('CREATE ROLE %I', role)
  FROM unnest(ARRAY['hub_owner', 'hub_app', 'hub_worker', 'hub_guard', 'hub_seed']) AS role
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role)
\gexec

ALTER ROLE hub_owner  LOGIN   NOSUPERUSER BYPASSRLS   NOINHERIT NOCREATEROLE NOCREATEDB PASSWORD :'owner_password';
ALTER ROLE hub_app    LOGIN   NOSUPERUSER NOBYPASSRLS NOINHERIT NOCREATEROLE NOCREATEDB PASSWORD :'app_password';
ALTER ROLE hub_worker LOGIN   NOSUPERUSER NOBYPASSRLS NOINHERIT NOCREATEROLE NOCREATEDB PASSWORD :'worker_password';
ALTER ROLE hub_guard  NOLOGIN NOSUPERUSER BYPASSRLS   NOINHERIT NOCREATEROLE NOCREATEDB;
ALTER ROLE hub_seed   LOGIN   NOSUPERUSER BYPASSRLS   NOINHERIT NOCREATEROLE NOCREATEDB PASSWORD :'seed_password';
ALTER ROLE hub_owner SET row_security = off;

-- Nobody waits for the locks of a process that is frozen in the midst of a transaction.
ALTER ROLE hub_app SET idle_in_transaction_session_timeout = '15s';
ALTER ROLE hub_worker SET idle_in_transaction_session_timeout = '15s';

-- Who may become whom; nobody inherits. PostgreSQL 15 has no options of a grant: there NOINHERIT says the same.
SELECT format(
         'GRANT %I TO %I%s', role, member,
         CASE WHEN current_setting('server_version_num')::int >= 160000
              THEN ' WITH ADMIN FALSE, INHERIT FALSE, SET TRUE' ELSE '' END
       )
  FROM (VALUES ('hub_guard', 'hub_owner'), ('hub_app', 'hub_worker')) AS membership (role, member)
\gexec
REVOKE ADMIN OPTION FOR hub_guard FROM hub_owner;
REVOKE ADMIN OPTION FOR hub_app FROM hub_worker;

SELECT format('CREATE DATABASE %I OWNER hub_owner ENCODING ''UTF8'' TEMPLATE template0', :'database')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database')
\gexec

\connect :"database"

REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO hub_owner, hub_app, hub_worker, hub_seed;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO hub_owner;

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS btree_gist;
SELECT format('CREATE EXTENSION IF NOT EXISTS %I', name)
  FROM pg_available_extensions WHERE name IN ('ltree', 'vector')
\gexec
