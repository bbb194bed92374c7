#!/usr/bin/env bash
# stop.sh WORK: ends the server that a start script started in WORK, and all its children.
set -euo pipefail
WORK=${1:?the folder of the server}
for file in "$WORK"/*.pid; do
  [ -s "$file" ] || continue
  leader=$(cat "$file")
  kill -TERM -- "-$leader" 2>/dev/null || kill -TERM "$leader" 2>/dev/null || true
  for _ in $(seq 100); do
    kill -0 -- "-$leader" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL -- "-$leader" 2>/dev/null || true
  rm -f "$file"
done
