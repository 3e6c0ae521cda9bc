# SPDX-License-Identifier: GPL-2.0-or-later
# What the tests of the program share. Sourced by tests/cli/test_*; $OOMORTEM is the program.
# expect STATUS COMMAND...   runs it, its output in $out and $err; a wrong exit status fails the test
# has FILE TEXT, lacks FILE TEXT, one_line FILE
set -u
cd "$(dirname "$0")/../.." || exit 2
OOMORTEM=${OOMORTEM:-build/oomortem}
case $OOMORTEM in /*) ;; *) OOMORTEM=$PWD/$OOMORTEM ;; esac
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
out=$tmp/.stdout err=$tmp/.stderr
unset NO_COLOR

# A kernel log with an OOM, one with an allocation failure only, one without anything.
oom=tests/corpus/logs/017-310-el7-rhel-example-mysqld.log
three=tests/corpus/logs/012-2632-el6-phpfpm-three.log
failure=tests/corpus/logs/065-519-md5sum-order4.log
none=$tmp/quiet.log
printf '[    0.000000] Linux version 6.1.0-56-amd64 (x@y) (gcc 12) #1 SMP\n[    1.000000] Freeing unused kernel memory: 2048K\n' >"$none"

fail() {
	echo "FAILED: $*"
	[ -s "$out" ] && head -n 20 "$out"
	[ -s "$err" ] && head -n 20 "$err"
	exit 1
}

expect() {
	want=$1; shift
	"$@" >"$out" 2>"$err" </dev/null
	got=$?
	[ "$got" -eq "$want" ] || fail "exit status $got, not $want: $*"
}

has() { grep -qF -e "$2" "$1" || fail "'$2' is not in $1"; }
lacks() { ! grep -qF -e "$2" "$1" || fail "'$2' is in $1"; }
one_line() { [ "$(wc -l <"$1")" -eq 1 ] || fail "$1 is not one line"; }
