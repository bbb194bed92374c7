#!/usr/bin/env bash
# payload.sh WORK PORT: Payload 3 on SQLite, with the collections that Leopard generates; its REST interface only.
# The Python that generates them is PYTHON, by default python3.
set -euo pipefail
WORK=${1:?the folder of the server} PORT=${2:?its port}
mkdir -p "$WORK" && WORK=$(cd "$WORK" && pwd)
# shellcheck source=tests/live/servers/common.sh
. "$(dirname "$0")/common.sh"
URL=http://127.0.0.1:$PORT

packages curl
command -v npm >/dev/null || packages nodejs npm
[ "$(node -p 'parseInt(process.versions.node)')" -ge 20 ] || node22

cp "$HERE"/payload/{package.json,package-lock.json,payload.config.mjs,server.mjs,lexical.mjs} "$WORK/"
"${PYTHON:-python3}" "$HERE/payload/collections.py" "$WORK" >&2 ||
  fail "the collections could not be generated; is Leopard installed for PYTHON?"
if ! cmp -s "$WORK/package-lock.json" "$WORK/.installed"; then
  say "installing Payload"
  # without peers: they are the admin pages
  (cd "$WORK" && npm ci --legacy-peer-deps --ignore-scripts --no-audit --no-fund --loglevel=error) \
    >"$WORK/install.log" 2>&1 || fail "Payload could not be installed" "$WORK/install.log"
  cp "$WORK/package-lock.json" "$WORK/.installed"
fi

if ! cmp -s "$WORK/leopard.collections.mjs" "$WORK/.served"; then # other collections, another database
  "$HERE/stop.sh" "$WORK"
  rm -rf "$WORK/payload.db"* "$WORK/media"
  cp "$WORK/leopard.collections.mjs" "$WORK/.served"
fi
[ -s "$WORK/secrets" ] ||
  printf '%s=%s\n' PAYLOAD_SECRET "$(secret)" EDITOR_KEY "$(secret)" READER_KEY "$(secret)" >"$WORK/secrets"
set -a
. "$WORK/secrets"
set +a
export PORT

if ! alive "$WORK/server.pid"; then
  port_is_free "$PORT"
  say "starting"
  cd "$WORK"
  # the condition: without it, modules of Lexical may wait for each other for ever (Node.js 20, top-level await)
  NODE_ENV=development serve "$WORK/server.log" node --conditions=production server.mjs
fi
answers "$URL/api/users/me" "$WORK/server.log"
printf '{"url": "%s", "api_key": "%s", "reader_key": "%s"}\n' "$URL" "$EDITOR_KEY" "$READER_KEY"
