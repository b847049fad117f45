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
find "$target" -mindepth 1 -maxdepth 1 ! -name node_modules ! -name venv -exec rm -rf {} +
cp -r "$here/$name/." "$target/"
cd "$target"
# An environment of the application's own, kept over a second installation: environment PYTHON-VERSIONS PACKAGES
environment() {
  local wanted=$1 found=
  shift
  for version in $wanted; do
    for each in "$HOME/.pyenv/versions/$version".*/bin/python3 "/usr/bin/python$version"; do
      [ -z "$found" ] && [ -x "$each" ] && found=$each
    done
  done
  [ -n "$found" ] || { echo "install.sh: $name needs Python $wanted; install one" >&2; exit 2; }
  [ -x venv/bin/python ] || "$found" -m venv venv
  "${python%/*}/uv" pip install --quiet --python venv/bin/python "$@"
}
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
    # and with Node's own headers, where they are installed beside it
    prefix=$(dirname "$(dirname "$(command -v node)")")
    [ ! -f "$prefix/include/node/node.h" ] || export npm_config_nodedir=$prefix
    if ! cmp -s package-lock.json node_modules/.made-from; then
      CFLAGS=-O0 CXXFLAGS=-O0 JOBS=max npm ci --no-fund --no-audit --no-update-notifier --loglevel=error
      cp package-lock.json node_modules/.made-from
    fi ;;
  fastapi-users)
    environment "3.12 3.13 3.11" "fastapi-users[sqlalchemy]==15.0.5" aiosqlite uvicorn ;;
  roundup)
    environment "3.11 3.12 3.13" roundup==2.6.0
    mkdir tr
    venv/bin/roundup-admin -i tr install classic sqlite >/dev/null
    sed -i 's#^\#*web = .*#web = http://localhost/lab/#; s%^#domain = NO DEFAULT%domain = example.com%; s%^#host = NO DEFAULT%host = localhost%' tr/config.ini
    venv/bin/roundup-admin -i tr initialise adminpw >/dev/null
    for user in alice bob; do
      venv/bin/roundup-admin -i tr create user username=$user password=Pw-$user-1 address=$user@example.com roles=User >/dev/null
    done ;;
  trac)
    environment "3.11 3.12" trac==1.6 "setuptools<80"
    venv/bin/trac-admin env initenv lab sqlite:db/trac.db >/dev/null
    for user in alice bob; do
      printf '%s:{SHA}%s\n' $user "$(printf %s "Pw-$user-1" | openssl sha1 -binary | base64)"
    done >htpasswd ;;
  label-studio)
    environment "3.12 3.11" label-studio==1.23.2
    LABEL_STUDIO_BASE_DATA_DIR=data COLLECT_ANALYTICS=False venv/bin/label-studio init lab --no-browser >/dev/null 2>&1 || true
    [ -s data/label_studio.sqlite3 ] || { echo "install.sh: label-studio made no database" >&2; exit 2; } ;;
  phpmyadmin)
    [ -d /usr/share/phpmyadmin ] && [ -x /usr/sbin/mariadbd ] ||
      { echo "install.sh: phpmyadmin needs Debian's packages phpmyadmin, php-mysql and mariadb-server" >&2; exit 2; }
    cp -rL /usr/share/phpmyadmin www
    mkdir tmp
    sed -i "s#'/etc/phpmyadmin/config.inc.php'#__DIR__ . '/../../config.inc.php'#" www/libraries/vendor_config.php ;;
  php-default)
    mkdir sessions ;; # Debian's own place for them belongs to root
esac
