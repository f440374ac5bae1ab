#!/bin/sh
# Completes the root file system in $1, which has the files of Debian packages; none of them has
# run its scripts.
set -eu
cd "$1"
for name in $(busybox --list); do [ -e "bin/$name" ] || ln -s busybox "bin/$name"; done
cat usr/share/ca-certificates/mozilla/*.crt > etc/ssl/certs/ca-certificates.crt
printf 'root:x:0:0:root:/root:/bin/sh\ntsbuild:x:1000:1000:tsbuild:/work:/bin/sh\n' > etc/passwd
printf 'root:x:0:\ntsbuild:x:1000:\n' > etc/group
mkdir -p tmp work
chmod 1777 tmp work
# git needs no Perl for what tsbuild runs.
rm -rf usr/bin/perl* usr/share/perl* usr/lib/*/perl* usr/lib/*/libperl* usr/lib/*/gconv usr/sbin/*
rm -rf usr/share/man usr/share/locale usr/share/lintian usr/share/bash-completion usr/share/gcc usr/share/gdb
rm -rf usr/share/git-core/templates/hooks var/lib/apt var/cache/apt
find usr/share/doc -type f ! -name copyright -delete
