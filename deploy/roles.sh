#!/bin/sh
# Makes the three roles of docs/security.md, once, when the database container is new:
# ccm_owner owns the database, migrates and backs up; ccm_app is the program and owns nothing;
# ccm_consultant reads published figures and no patient. None is a superuser or has BYPASSRLS, so
# that row-level security binds them all.
#
# psql reads the passwords from the environment itself (\getenv) and quotes them (:'name'):
# they stand in no command line, and no character in them can end the statement.
set -eu
: "${OWNER_PASSWORD:?fill in database.env}" "${APP_PASSWORD:?fill in database.env}" \
    "${CONSULTANT_PASSWORD:?fill in database.env}"

psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 \
    --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" <<'SQL'
\getenv owner_password OWNER_PASSWORD
\getenv app_password APP_PASSWORD
\getenv consultant_password CONSULTANT_PASSWORD
\getenv database POSTGRES_DB
SET log_min_error_statement = 'panic'; -- a statement that fails is not copied into the log
SET password_encryption = 'scram-sha-256';
BEGIN;
-- CREATEDB: ccm drill restores into a database of its own.
CREATE ROLE ccm_owner LOGIN NOSUPERUSER CREATEDB NOCREATEROLE NOBYPASSRLS
    PASSWORD :'owner_password';
CREATE ROLE ccm_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS
    PASSWORD :'app_password';
CREATE ROLE ccm_consultant LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS
    PASSWORD :'consultant_password';
-- The server's log says which constraint a row broke, and not the values of the row.
ALTER ROLE ccm_owner SET log_error_verbosity = 'terse';
ALTER ROLE ccm_app SET log_error_verbosity = 'terse';
ALTER ROLE ccm_consultant SET log_error_verbosity = 'terse';
ALTER DATABASE :"database" OWNER TO ccm_owner;
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO ccm_app, ccm_consultant;
COMMIT;
SQL
