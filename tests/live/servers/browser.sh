#!/usr/bin/env bash
# browser.sh WORK: a browser without a screen; prints its path.
set -euo pipefail
WORK=${1:?a folder for logs}
mkdir -p "$WORK" && WORK=$(cd "$WORK" && pwd)
# shellcheck source=tests/live/servers/common.sh
. "$(dirname "$0")/common.sh"
packages chromium
command -v chromium
