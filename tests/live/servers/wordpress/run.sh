#!/usr/bin/env bash
# run.sh WORK DATABASE: the processes of one WordPress server; all of them end with the first that does.
# PHP-FPM leads a group of its own, so it is ended by its own file of a process id.
set -eu
WORK=$1 DATABASE=$2
trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT
if [ "$DATABASE" = mariadb ]; then
  mariadbd --no-defaults --user="$(id -un)" --datadir="$WORK/database" --socket="$WORK/database.sock" --skip-networking \
    --skip-log-bin --skip-name-resolve --performance-schema=OFF --innodb-buffer-pool-size=64M \
    --innodb-log-file-size=16M --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 &
fi
php-fpm8.2 --nodaemonize --allow-to-run-as-root --fpm-config "$WORK/php-fpm.conf" &
nginx -c "$WORK/nginx.conf" -p "$WORK" -e "$WORK/nginx.log" &
wait -n
