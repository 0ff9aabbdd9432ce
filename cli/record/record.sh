#!/bin/sh
# Collects what a running kernel shows of Kexec HandOver (KHO): khofuzz reads it with `khofuzz inspect`
# and `khofuzz plan --from`. Needs nothing but a POSIX shell; some of it only root may read.
#
#   record.sh [FOLDER]      default: kho-record in the current folder
#
# Changes nothing on the machine. Exit status: 0 all that there is was read; 1 something could not be
# read (recorded.txt says what and why); 2 nothing could be written.
out=${1:-kho-record}
proc=${KHOFUZZ_PROC:-/proc}
debug=${KHOFUZZ_DEBUGFS:-/sys/kernel/debug}
boot=${KHOFUZZ_BOOT:-/boot}
umask 077
if ! mkdir -p "$out" 2>/dev/null || ! : 2>/dev/null >"$out/recorded.txt"; then
  echo "record: $out: cannot be written" >&2
  exit 2
fi
missing=0
say() { echo "$1 $2${3:+: $3}" >>"$out/recorded.txt"; }
lacks() {
  say missing "$1" "$2"
  echo "record: $1: $2" >&2
  missing=1
}
# take FILE NAME: a file of the kernel's, read in one go.
take() {
  if [ ! -e "$1" ]; then
    lacks "$2" "$1 is not there"
  elif cat "$1" >"$out/$2.part" 2>/dev/null; then
    mv "$out/$2.part" "$out/$2" && say read "$2"
  else
    rm -f "$out/$2.part"
    lacks "$2" "$1 may not be read (root may)"
  fi
}

for name in cmdline meminfo iomem zoneinfo version; do take "$proc/$name" "$name.txt"; done
take "$proc/pagetypeinfo" pagetypeinfo.txt
if [ -s "$out/iomem.txt" ] && ! grep -q '[1-9a-f].*-.* : System RAM' "$out/iomem.txt"; then
  say note iomem.txt "all addresses are zero: root sees them"
  missing=1
fi
if ${KHOFUZZ_DMESG:-dmesg} >"$out/dmesg.txt" 2>/dev/null && [ -s "$out/dmesg.txt" ]; then
  say read dmesg.txt
  if ! grep -q 'Memory: .*K available' "$out/dmesg.txt"; then
    # The beginning of the log was overwritten; the journal may have it.
    if [ -z "$KHOFUZZ_DMESG" ] && journalctl -k -b --no-pager -o short-monotonic \
      >"$out/journal.part" 2>/dev/null && grep -q 'Memory: .*K available' "$out/journal.part"; then
      mv "$out/journal.part" "$out/dmesg.txt"
      say note dmesg.txt "from the journal"
    else
      say note dmesg.txt "its beginning, with the line 'Memory: ', is lost"
    fi
    rm -f "$out/journal.part"
  fi
else
  rm -f "$out/dmesg.txt"
  lacks dmesg.txt "the kernel's log may not be read (root may)"
fi

# What the kernel was built with, as far as KHO goes. A file that is not compressed gzip -f copies.
config=
for file in "$proc/config.gz" "$boot/config-$(uname -r)"; do
  [ -z "$config" ] && [ -r "$file" ] && config=$(gzip -cdf "$file" 2>/dev/null)
done
if [ -n "$config" ]; then
  echo "$config" | grep -E 'CONFIG_(KEXEC_HANDOVER|LIVEUPDATE|DEBUG_FS)' >"$out/config.txt"
  say read config.txt
else
  say missing config.txt "neither $proc/config.gz nor $boot/config-$(uname -r) can be read"
fi

if [ ! -d "$debug" ] || ! ls "$debug" >/dev/null 2>&1; then
  lacks debugfs "$debug may not be read (root may, where debugfs is mounted)"
elif [ -z "$(ls -A "$debug" 2>/dev/null)" ]; then
  lacks debugfs "nothing is mounted on $debug: mount -t debugfs none $debug"
else
  for name in memory reserved; do
    if [ -e "$debug/memblock/$name" ]; then
      take "$debug/memblock/$name" "memblock.$name.txt"
    else
      say missing "memblock.$name.txt" \
        "the kernel does not show memblock (it does with ARCH_KEEP_MEMBLOCK: not on x86)"
    fi
  done
  if [ -d "$debug/kho" ]; then
    for side in in out; do
      [ -d "$debug/kho/$side" ] || continue
      mkdir -p "$out/kho/$side/sub_fdts"
      for file in "$debug/kho/$side"/* "$debug/kho/$side/sub_fdts"/*; do
        [ -f "$file" ] && take "$file" "kho/$side/${file#"$debug/kho/$side/"}"
      done
    done
  else
    say missing kho "this kernel has no KHO, or it is off, or it has no CONFIG_KEXEC_HANDOVER_DEBUGFS"
  fi
fi
say end "$(date -u +%Y-%m-%dT%H:%M:%SZ 2>/dev/null)"
echo "record: written to $out (the kernel's log and command line are in it, which may name hosts)"
exit $missing
