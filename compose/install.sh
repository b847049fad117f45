#!/bin/sh
# Used by the Dockerfile:  install.sh apt|uv|pip NAME...   installs Debian packages, uv itself, or Python packages in the
# versions of uv.lock;  install.sh wheel  builds the lab's own package. Where the build secret `ca` holds a CA bundle
# (LAB_CA_BUNDLE, for networks that inspect TLS) the downloads trust it; an empty secret changes nothing.
set -eu

ca=/run/secrets/ca
if [ -s "$ca" ]; then
    export PIP_CERT="$ca" SSL_CERT_FILE="$ca" APT_CONFIG=/tmp/apt.conf
    printf 'Acquire::https::CAInfo "%s"; APT::Sandbox::User "root";\n' "$ca" >"$APT_CONFIG" # root alone may read it
fi

kind=$1
shift
case $kind in
apt)
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -qq --no-install-recommends "$@"
    apt-get clean
    rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/apt /var/log/*.log "${APT_CONFIG:-}"
    ;;
uv)
    python3 -m venv /opt/uv
    /opt/uv/bin/pip install --quiet --no-cache-dir --disable-pip-version-check uv=="$1"
    ;;
wheel)
    /opt/uv/bin/uv build --quiet --wheel --out-dir /opt/wheel
    ;;
pip)
    /opt/uv/bin/uv pip install --no-cache --compile-bytecode --python /opt/lab --constraints /opt/pins.txt "$@"
    ;;
*)
    echo "install.sh: unknown kind '$kind'; use apt, uv, wheel or pip" >&2
    exit 2
    ;;
esac
