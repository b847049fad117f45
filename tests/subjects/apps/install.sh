#!/usr/bin/env bash
# Installs one application of this folder into another one, anew: install.sh NAME TARGET. What Python needs is in the
# lab's .venv, what Node needs comes by the application's own lock file. From then on, with PYTHON=$PWD/.venv/bin/python,
# `cookielab login TARGET/cookielab.yaml` is how anybody would try it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=$here/../../../.venv/bin/python
name=$1 target=$2
[ -f "$here/$name/cookielab.yaml" ] || { echo "install.sh: there is no application '$name' in $here" >&2; exit 2; }
mkdir -p "$target"
find "$target" -mindepth 1 -maxdepth 1 ! -name node_modules -exec rm -rf {} +
cp -r "$here/$name/." "$target/"
cd "$target"
case $name in
  django-admin)
    "$python" manage.py migrate -v 0
    for user in alice bob; do
      DJANGO_SUPERUSER_PASSWORD=Pw-$user-12345 "$python" manage.py createsuperuser -v 0 \
        --noinput --username "$user" --email "$user@example.test"
    done ;;
  express-session | better-auth)
    node -e 'process.exit(+(parseInt(process.versions.node) < 20))' ||
      { echo "install.sh: $name needs Node 20 or later, this is $(node --version); put a newer one on PATH" >&2; exit 2; }
    # better-sqlite3 is compiled where its binary cannot be downloaded: in seconds where nothing is optimised
    if ! cmp -s package-lock.json node_modules/.made-from; then
      CFLAGS=-O0 CXXFLAGS=-O0 JOBS=max npm ci --no-fund --no-audit --no-update-notifier --loglevel=error
      cp package-lock.json node_modules/.made-from
    fi ;;
  php-default)
    mkdir sessions ;; # Debian's own place for them belongs to root
esac
