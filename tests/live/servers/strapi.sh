#!/usr/bin/env bash
# strapi.sh WORK PORT: Strapi on PostgreSQL, without its admin panel. Its content types are those that
# `leopard channel setup` writes. Its last line is a JSON object: url, token, read_token, admin_token, locales.
set -euo pipefail
WORK=${1:?the folder of the server} PORT=${2:?its port}
mkdir -p "$WORK" && WORK=$(cd "$WORK" && pwd)
# shellcheck source=tests/live/servers/common.sh
. "$(dirname "$0")/common.sh"
URL=http://127.0.0.1:$PORT
PYTHON=${PYTHON:-python3} # one that has Leopard installed

command -v npm >/dev/null || packages nodejs npm
if [ ! -e "$WORK/.installed" ]; then
  say "installing Strapi"
  cp "$HERE/strapi/package.json" "$HERE/strapi/package-lock.json" "$WORK/"
  # nothing is compiled: the driver of PostgreSQL is plain JavaScript. Not `npm ci`: the lock file
  # names builds for Linux only
  (cd "$WORK" && npm install --ignore-scripts --no-audit --no-fund --loglevel=error) >"$WORK/install.log" 2>&1 ||
    fail "Strapi could not be installed" "$WORK/install.log"
  touch "$WORK/.installed"
fi
if [ ! -e "$WORK/secrets" ]; then
  for name in APP_KEYS API_TOKEN_SALT ADMIN_JWT_SECRET JWT_SECRET TRANSFER_TOKEN_SALT ENCRYPTION_KEY ADMIN_PASSWORD; do
    echo "$name=Aa1$(secret)"
  done >"$WORK/secrets"
fi
set -a
. "$WORK/secrets"
DATABASE_URL=$(postgres leopard_strapi) NODE_ENV=production
STRAPI_TELEMETRY_DISABLED=true STRAPI_HIDE_STARTUP_MESSAGE=true
export PORT
set +a

if ! alive "$WORK/server.pid"; then
  port_is_free "$PORT"
  mkdir -p "$WORK/public/uploads" "$WORK/database/migrations"
  rm -rf "$WORK/src" "$WORK/config" "$WORK/credentials.json" && cp -r "$HERE/strapi/config" "$WORK/config"
  "$PYTHON" "$HERE/strapi/content_types.py" "$WORK" >"$WORK/content-types.log" 2>&1 ||
    fail "the content types could not be written" "$WORK/content-types.log"
  say "starting"
  cd "$WORK"
  serve "$WORK/server.log" node node_modules/@strapi/strapi/bin/strapi.js start
fi
answers "$URL/_health" "$WORK/server.log"
"$PYTHON" "$HERE/strapi/first_steps.py" "$URL" "$WORK/credentials.json"
