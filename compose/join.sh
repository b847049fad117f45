#!/bin/sh
# Entrypoint of the clients. Docker points a container's default route at the machine itself: this one goes through the
# lab's gateway ($GATEWAY) instead. Then root and every capability are given up for good, and the command runs as `lab`.
set -eu

ip route replace default via "${GATEWAY:?is not set; it is the address of the client's gateway}"

exec setpriv --reuid lab --regid lab --init-groups --no-new-privs \
    --inh-caps=-all --ambient-caps=-all --bounding-set=-all "$@"
