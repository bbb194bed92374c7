#!/usr/bin/env bash
# directus.sh WORK PORT: Directus on PostgreSQL, with the account `admin` and a guest who may do nothing.
# The content model is not made here: `leopard channel setup` makes it.
set -euo pipefail
WORK=${1:?the folder of the server} PORT=${2:?its port}
mkdir -p "$WORK" && WORK=$(cd "$WORK" && pwd)
# shellcheck source=tests/live/servers/common.sh
. "$(dirname "$0")/common.sh"
URL=http://127.0.0.1:$PORT

node22
DATABASE=$(postgres leopard_directus)

if [ ! -e "$WORK/.installed" ]; then
  say "installing Directus"
  cp "$HERE/directus/package.json" "$HERE/directus/package-lock.json" "$WORK/"
  # nothing is compiled: drivers of other databases and the scripts of flows are not needed here
  (cd "$WORK" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >"$WORK/install.log" 2>&1 ||
    fail "Directus could not be installed" "$WORK/install.log"
  mkdir -p "$WORK/node_modules/isolated-vm/out"
  cp "$HERE/directus/isolated_vm.js" "$WORK/node_modules/isolated-vm/out/"
  touch "$WORK/.installed"
fi

if [ ! -e "$WORK/secrets" ]; then
  printf '%s\n' "SECRET=$(secret)" "ADMIN_PASSWORD=$(secret)" "ADMIN_TOKEN=$(secret)" >"$WORK/secrets"
fi
set -a
# shellcheck disable=SC1091
. "$WORK/secrets"
ADMIN_EMAIL=admin@example.org HOST=127.0.0.1 PUBLIC_URL=$URL
DB_CLIENT=pg DB_CONNECTION_STRING=$DATABASE
STORAGE_LOCATIONS=local STORAGE_LOCAL_ROOT=$WORK/uploads EXTENSIONS_PATH=$WORK/extensions
TELEMETRY=false CACHE_ENABLED=false RATE_LIMITER_ENABLED=false PRESSURE_LIMITER_ENABLED=false WEBSOCKETS_ENABLED=false SERVE_APP=false
LOG_STYLE=raw LOG_LEVEL=warn EMAIL_VERIFY_SETUP=false
FILES_MIME_TYPE_ALLOW_LIST=image/*,application/pdf FILES_MAX_UPLOAD_SIZE=1mb
set +a
export PORT
mkdir -p "$WORK/uploads" "$WORK/extensions"

if ! alive "$WORK/server.pid"; then
  port_is_free "$PORT"
  cd "$WORK"
  if [ ! -e "$WORK/.bootstrapped" ]; then
    say "preparing the database"
    node node_modules/directus/cli.js bootstrap >"$WORK/bootstrap.log" 2>&1 ||
      fail "the database could not be prepared" "$WORK/bootstrap.log"
    touch "$WORK/.bootstrapped"
  fi
  say "starting"
  serve "$WORK/server.log" node node_modules/directus/cli.js start
fi
answers "$URL/server/ping" "$WORK/server.log"

guest=$(printf '%s' "guest $ADMIN_TOKEN" | sha256sum | head -c 32)
api() { # api PATH [BODY]
  curl --silent --show-error --fail-with-body --globoff -H "Authorization: Bearer $ADMIN_TOKEN" \
    -H 'Content-Type: application/json' "$URL$1" ${2:+--data "$2"}
}
case $(api '/users?filter[email][_eq]=guest@example.org') in
  *guest@example.org*) ;;
  *) api /users "{\"email\": \"guest@example.org\", \"token\": \"$guest\", \"status\": \"active\"}" >/dev/null ;;
esac

printf '{"url": "%s", "token": "%s", "guest_token": "%s"}\n' "$URL" "$ADMIN_TOKEN" "$guest"
