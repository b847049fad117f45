#!/bin/sh
# Health check of a host:  probe.sh TEST...   runs the test for two seconds at most.
# Docker's own work for one check costs some 50 ms of CPU, and Docker before version 25 knows one interval for all of a
# host's life. So the checks follow each other fast until the host is well, and then rest for LAB_PROBE_REST seconds
# before they look again. The images set that variable; without it nothing rests.
set -eu

well=/dev/shm/well # forgotten when the container restarts
if [ -n "${LAB_PROBE_REST:-}" ] && [ -e "$well" ]; then
    sleep "$LAB_PROBE_REST"
fi
if ! timeout 2 "$@"; then
    rm -f "$well"
    exit 1
fi
[ -z "${LAB_PROBE_REST:-}" ] || : >"$well"
