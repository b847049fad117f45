#!/usr/bin/env bash
# Installs one application of this folder into another one: install.sh NAME TARGET. What Python needs is in the lab's .venv.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
name=$1 target=$2
mkdir -p "$target"
cp -r "$here/$name/." "$target/"
cd "$target"
case $name in
  django-admin)
    "$here/../../../.venv/bin/python" manage.py migrate -v 0
    for user in alice bob; do
      DJANGO_SUPERUSER_PASSWORD=Pw-$user-12345 "$here/../../../.venv/bin/python" manage.py createsuperuser \
        --noinput --username "$user" --email "$user@example.test"
    done ;;
  express-session | better-auth)
    npm ci --no-fund --no-audit --loglevel=error ;;
esac
