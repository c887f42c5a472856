#!/usr/bin/env bash
# Fetches the real FTP servers that the tests run against: vsftpd, ProFTPD, Pure-FTPd, pyftpdlib.
#
#   sudo __tests__/servers/setup.sh
#
# Debian's packages of the first three conflict with each other, and installing one starts it on
# port 21. So they are unpacked side by side into <project>/.servers/<package> and only the libraries
# they need, and pyftpdlib, are installed. Run again, it only checks what is there.
#
#   FTPIPE_TEST_USER, FTPIPE_TEST_PASSWORD   the local test account, default ftpipe / ftpipe
#   FTPIPE_PYTHON                            the python with pyftpdlib, default /usr/bin/python3
set -euo pipefail

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
servers=$project/.servers
user=${FTPIPE_TEST_USER:-ftpipe}
password=${FTPIPE_TEST_PASSWORD:-ftpipe}
# Not the first python3 on PATH: the package belongs to Debian's own.
python=${FTPIPE_PYTHON:-/usr/bin/python3}
packages=(vsftpd proftpd-core proftpd-mod-crypto pure-ftpd pure-ftpd-common)
pam_service=ftpipe-test

fail() {
  echo "setup.sh: $*" >&2
  exit 1
}

[ "$(id -u)" = 0 ] || fail "must run as root: it installs packages and creates the account '$user'"
for tool in apt-get dpkg-deb useradd chpasswd flock openssl; do
  # openssl is used by the tests themselves, for the certificates
  [ "$tool" = openssl ] || command -v "$tool" >/dev/null || fail "needs Debian or a relative of it: no $tool here"
done
[[ $user =~ ^[a-z_][a-z0-9_-]{0,31}$ ]] || fail "'$user' is not a valid user name"
case $password in *[:$'\n']* | '') fail "the password must not be empty nor contain ':' or a line end" ;; esac

mkdir -p "$servers"
exec 9>"$servers/.lock"
flock -w 600 9 || fail "another setup.sh holds $servers/.lock"

# A folder kept from another release would bring programs that want other libraries.
stamp="${packages[*]} $(. /etc/os-release && echo "$ID ${VERSION_ID:-} $(dpkg --print-architecture)")"

missing() { # says what is missing; nothing when all is well
  [ "$(cat "$servers/.stamp" 2>/dev/null)" = "$stamp" ] || { echo "the unpacked servers"; return; }
  local program
  for program in vsftpd/usr/sbin/vsftpd proftpd-core/usr/sbin/proftpd pure-ftpd/usr/sbin/pure-ftpd; do
    [ -x "$servers/$program" ] || { echo "$program"; return; }
    ldd "$servers/$program" | grep 'not found' && return
  done
  ldd "$servers/proftpd-core/usr/lib/proftpd/mod_tls.so" | grep 'not found' && return
  command -v openssl >/dev/null || { echo "openssl"; return; }
  "$python" -c 'import pyftpdlib.handlers, OpenSSL' 2>/dev/null || echo "pyftpdlib and OpenSSL for $python"
}

fetch() { # in an empty folder of its own, so that a broken download leaves nothing behind
  local work=$servers/.unpack deb name libraries
  rm -rf "$work" && mkdir -p "$work/debs" && chmod 755 "$work" "$work/debs" || return
  (cd "$work/debs" && apt-get download "${packages[@]}") || return
  # Which release has which version of a library only the packages know.
  libraries=$(for deb in "$work"/debs/*.deb; do dpkg-deb -f "$deb" Pre-Depends; dpkg-deb -f "$deb" Depends; done |
    tr ',' '\n' | sed 's/[|(:].*//; s/[[:space:]]//g' | grep '^lib' | sort -u)
  # shellcheck disable=SC2086 # a list of words
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
    $libraries openssl python3-pyftpdlib python3-openssl || return
  for deb in "$work"/debs/*.deb; do
    name=$(basename "$deb" | cut -d_ -f1)
    mkdir "$work/$name" && dpkg -x "$deb" "$work/$name" || return
  done
  # ProFTPD looks for modules in one folder only.
  cp -a "$work/proftpd-mod-crypto/usr/lib/proftpd/." "$work/proftpd-core/usr/lib/proftpd/" || return
  for name in "${packages[@]}"; do
    rm -rf "${servers:?}/$name" && mv "$work/$name" "$servers/$name" || return
  done
  rm -rf "$work"
  echo "$stamp" >"$servers/.stamp"
}

what=$(missing)
if [ -n "$what" ]; then
  echo "fetching the servers (missing: $what)" >&2
  for try in 1 2 3; do
    fetch >&2 && break
    [ "$try" -lt 3 ] || fail "apt could not fetch ${packages[*]} (see above)"
    # The package lists may be absent or stale, or the network was.
    sleep "$try"
    apt-get update -q >&2 || echo "apt-get update failed" >&2
  done
  what=$(missing)
  [ -z "$what" ] || fail "after installing still missing: $what"
fi

# vsftpd knows only accounts of the system; the other servers borrow its user id. It can log in
# nowhere else (no shell), but its password is no secret: not for a machine that others can reach.
# Its home only has to exist: each server gives it a root of its own.
comment="ftpipe test account"
if ! id "$user" >/dev/null 2>&1; then
  useradd --no-create-home --home-dir / --shell /usr/sbin/nologin --comment "$comment" "$user" ||
    fail "could not create the account '$user'"
elif [ "$(getent passwd "$user" | cut -d: -f5)" != "$comment" ]; then
  fail "the account '$user' is somebody's: set FTPIPE_TEST_USER to another name"
fi
# The cheapest hash there is: a test logs in often.
echo "$user:$password" | chpasswd -c SHA256 -s 1000 || fail "could not set the password of '$user'"
# Without pam_shells, which would refuse the account for its shell; `nodelay` saves two seconds per
# wrong password.
printf 'auth required pam_unix.so nodelay\naccount required pam_permit.so\nsession required pam_permit.so\n' \
  >"/etc/pam.d/$pam_service" || fail "could not write /etc/pam.d/$pam_service"

echo "the FTP servers are ready in $servers, the account is '$user'" >&2
