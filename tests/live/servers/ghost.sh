#!/usr/bin/env bash
# ghost.sh WORK PORT: Ghost on SQLite, for tests. Its last line is a JSON object: the address and three keys.
set -euo pipefail
GHOST_VERSION=6.65.0
WORK=${1:?a folder for the server} PORT=${2:?a port}
mkdir -p "$WORK" && WORK=$(cd "$WORK" && pwd)
# shellcheck source=tests/live/servers/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
URL=http://127.0.0.1:$PORT

install() { # the npm package of Ghost carries its own pnpm lock file, with every version and digest
  packages build-essential python3
  say "installing Ghost $GHOST_VERSION"
  (
    cd "$WORK" && rm -rf package
    npm pack --silent "ghost@$GHOST_VERSION" && tar xzf "ghost-$GHOST_VERSION.tgz" && rm "ghost-$GHOST_VERSION.tgz"
    cd package && npm_config_nodedir=$NODE_HOME pnpm install --prod --frozen-lockfile --reporter=append-only
  ) >"$WORK/install.log" 2>&1 || fail "Ghost could not be installed" "$WORK/install.log"
  echo "$GHOST_VERSION" >"$WORK/.installed"
}

configure() {
  mkdir -p "$WORK"/content/{data,logs,images,media,files,settings,themes}
  [ -e "$WORK/content/themes/source" ] || cp -r "$WORK/package/content/themes/." "$WORK/content/themes/"
  sed -e "s|@URL@|$URL|; s|@PORT@|$PORT|; s|@CONTENT@|$WORK/content|" "$HERE/ghost/config.json" \
    >"$WORK/package/config.production.json"
}

node22
[ "$(cat "$WORK/.installed" 2>/dev/null)" = "$GHOST_VERSION" ] || install
if ! alive "$WORK/server.pid"; then
  port_is_free "$PORT"
  configure
  cd "$WORK/package"
  NODE_ENV=production serve "$WORK/server.log" node index.js
fi
answers "$URL/ghost/api/admin/site/" "$WORK/server.log"
python3 "$HERE/ghost/first_steps.py" "$URL" "$WORK"
