#!/bin/sh
# Makes the base image cookielab-base:trixie from Debian packages, for machines that cannot pull an image (make base-image).
# It does nothing where the image is there already; FORCE=1 makes it anew. Needs root, a Docker daemon and debootstrap.
set -eu

image=cookielab-base:trixie
packages=python3,python3-venv,ca-certificates

say() { echo "base-image: $*" >&2; }
fail() { say "$*"; exit 1; }

docker info >/dev/null 2>&1 || fail "no Docker daemon answers; start it, then try again (docker info tells why)"
if [ -z "${FORCE:-}" ] && docker image inspect "$image" >/dev/null 2>&1; then
    say "$image is there already (FORCE=1 makes it anew)"
    exit 0
fi
[ "$(id -u)" = 0 ] || fail "debootstrap needs root: run  sudo make base-image"
if ! command -v debootstrap >/dev/null; then
    say "installing debootstrap"
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends debootstrap; } >&2 ||
        fail "debootstrap is missing and apt-get could not install it"
fi

tree=$(mktemp -d "${TMPDIR:-/var/tmp}/cookielab-base.XXXXXX")
trap 'rm -rf --one-file-system "$tree"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say "1/3 Debian trixie with Python into $tree (about a minute)"
# A mount namespace of its own: whatever debootstrap mounts is gone with it, however it ends.
unshare --mount debootstrap --variant=minbase --include="$packages" trixie "$tree" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} >&2

say "2/3 leaving out caches, manuals and translations"
rm -rf "$tree"/var/cache/apt/* "$tree"/var/lib/apt/lists/* "$tree"/var/log/*.log "$tree"/usr/share/man/* \
    "$tree"/usr/share/info/* "$tree"/usr/share/locale/*
find "$tree/usr/share/doc" -mindepth 1 ! -name copyright ! -type d -delete
cat >"$tree/etc/dpkg/dpkg.cfg.d/cookielab" <<'END'
path-exclude /usr/share/man/*
path-exclude /usr/share/info/*
path-exclude /usr/share/locale/*
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
END

say "3/3 importing it as $image"
tar -C "$tree" --numeric-owner -c . | docker import --change 'CMD ["python3"]' - "$image" >/dev/null
say "$image is ready: $(docker image inspect --format '{{.Size}}' "$image" | awk '{printf "%d MB", $1 / 1e6}')"
