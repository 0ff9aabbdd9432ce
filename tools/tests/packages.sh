#!/usr/bin/env bash
# packages.sh: what tools/install-packages does on systems that it knows and on those that it does not,
# with programs of ours in place of dpkg-query and apt-get. Exit 0 if all is as it should be.
set -u
here=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset KHOFUZZ_NO_INSTALL
export KHOFUZZ_OS_RELEASE=$work/os-release
fail() {
  printf 'FAILED: %s\n' "$*"
  exit 1
}

root=$work/checkout
mkdir -p "$root/tools" "$work/bin"
cp "$here"/tools/{common.sh,install-packages,packages.txt,packages-ci.txt} "$root/tools"
cat >"$root/tools/few.txt" <<'LIST'
# A comment.
bash      3+      bash            the shell
headers   1       stdio.h         of the C library
LIST
cat >"$root/tools/lacking.txt" <<'LIST'
bash      3+      bash                   the shell
oracle    2+      no-such-oracle,bash    asks the oracle
old       99999+  bash                   a shell that is not yet
books     1       no/such/book.h         books
tomes     1       libnosuchtome.a        tomes
LIST

# install LISTS...: sets said and status.
install() {
  said=$("$root/tools/install-packages" "$@" 2>&1)
  status=$?
}

# Nothing is known of the system: all is looked for, and what is lacking is told.
for system in 'VERSION_CODENAME=sid' 'ID=other'; do
  echo "$system" >"$KHOFUZZ_OS_RELEASE"
  install few.txt
  [[ $status == 0 && $said == *'all that is needed is there' ]] ||
    fail "$system: exit $status where all is there: $said"
  install few.txt lacking.txt
  [[ $status == 2 ]] || fail "$system: exit $status where something is lacking: $said"
  for line in 'bash +3\+ +the shell *$' 'oracle +2\+ +asks the oracle +NOT FOUND: no-such-oracle$' \
    'old +99999\+ .*NOT FOUND: bash$' 'books .*NOT FOUND: no/such/book.h$' \
    'tomes .*NOT FOUND: libnosuchtome.a$' 'try again'; do
    grep -qE -- "$line" <<<"$said" || fail "$system: expected '$line' in: $said"
  done
done
KHOFUZZ_NO_INSTALL=1 install lacking.txt
[[ $status == 0 && -z $said ]] || fail "KHOFUZZ_NO_INSTALL=1: exit $status, $said"

# Known ones ask dpkg, and apt for what is not there.
cat >"$work/bin/dpkg-query" <<PROGRAM
#!/bin/sh
cat "$work/installed"
PROGRAM
cat >"$work/bin/apt-get" <<PROGRAM
#!/bin/sh
echo "\$@" >>"$work/asked"
[ "\$*" = "\${*#*install}" ] || cp "$work/there" "$work/installed"
PROGRAM
for program in env sudo; do
  cat >"$work/bin/$program" <<'PROGRAM'
#!/bin/sh
while [ "${1%=*}" != "$1" ] || [ "$1" = -n ]; do shift; done
exec "$@"
PROGRAM
done
chmod +x "$work/bin"/*
PATH=$work/bin:$PATH
for system in 'VERSION_CODENAME=bookworm' 'VERSION_CODENAME=trixie' 'VERSION_CODENAME="noble"' \
  $'VERSION_CODENAME=wilma\nUBUNTU_CODENAME=noble'; do
  printf '%s\n' "$system" >"$KHOFUZZ_OS_RELEASE"
  printf 'ii  bash\n' >"$work/installed"
  printf 'ii  bash\nii  headers\n' >"$work/there"
  : >"$work/asked"
  install few.txt
  [[ $status == 0 && $said == *'to be installed with apt-get: headers'* ]] ||
    fail "$system: exit $status: $said"
  grep -q 'install .* headers$' "$work/asked" || fail "$system: apt-get was told $(<"$work/asked")"
  : >"$work/asked"
  install few.txt
  [[ $status == 0 && -z $said && ! -s $work/asked ]] || fail "$system: not silent: $status, $said"
done
printf 'ii  bash\n' >"$work/there"
cp "$work/there" "$work/installed"
install few.txt
[[ $status == 2 && $said == *'still missing after apt-get: headers'* ]] ||
  fail "exit $status where apt-get did not help: $said"

# The lists themselves: four columns in every line.
grep -hvE '^#|^[a-z0-9.+-]+ +[0-9.]+\+? +[^ ]+ +[^ ].*[^ ]$' "$here"/tools/packages*.txt &&
  fail "lines of tools/packages*.txt that are not as their first says"
exit 0
