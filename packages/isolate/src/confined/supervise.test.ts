import { chownSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { confinedIsolator } from '../rungs/confined.ts'
import { Ledger } from '../ledger/ledger.ts'
import { namespaceIsolator } from '../rungs/namespaces.ts'
import type { Mount } from '../model/process.ts'
import { rootScripts, userScripts } from '../testing/scripts.ts'
import { canSandbox, type Outcome, Sandbox } from '../testing/sandbox.ts'
import { listFiles, machineEnv, machineMounts, makeFilesOfRoot, makeMachineRoot } from '../testing/machine-programs.ts'

/** Scripts about the process itself, others, and their surroundings. */
const processScripts: Readonly<Record<string, string>> = {
  'its own program, name and arguments':
    'readlink /proc/self/exe | xargs basename; cat /proc/self/comm; tr "\\0" " " < /proc/self/cmdline; cp /bin/sleep nap; ./nap 5 & sleep 0.3; cat /proc/$!/comm; readlink /proc/$!/exe; tr "\\0" " " < /proc/$!/cmdline; kill $!',
  'arguments of scripts, for others to see': `printf '#!/usr/bin/perl -w\nopen F, "/proc/self/cmdline"; print join("|", split(/\\0/, <F>)), "\n"; open C, "/proc/self/comm"; print <C>; if (fork) { wait } else { open F, "/proc/self/cmdline"; print join("|", split(/\\0/, <F>)), "\n" }' > show; printf '#!/t/show nested\n' > outer; chmod +x show outer; ./show a b; ./outer c; PATH=$PATH:/t; show d
    perl -e 'my $m = syscall 319, my $n = "kept", 0; open my $w, ">&=", $m; open I, "</bin/cat"; binmode I; local $/; print $w <I>; $w->flush; open L, "</bin/cat"; $^F = 100; for my $fd ($m, fileno L) { if (fork == 0) { my ($argv, $env) = (pack("p2Q", "cat", "/proc/self/comm", 0), pack "Q", 0); syscall 322, $fd, my $e = "", $argv, $env, 0x1000; exit } wait }'`,
  'scripts, and scripts of scripts': `printf '#!/bin/sh -e\necho "$0|$*"\n' > one; printf '#!/t/one -x y\n' > two; printf '#! /usr/bin/env perl\nprint "$0 @ARGV\n"' > three
    printf 'echo none $0\n' > four; printf '#!/nowhere\n' > five; printf '#!five\n' > six; chmod +x one two three four five six; ./one a; ./two b c; ./three d; ./four; ./five; ./six; PATH=$PATH:/t; one e; cd /; t/one f; echo $?`,
  'a script that names itself': `printf '#!/t/self\n' > self; chmod +x self; perl -e 'exec "/t/self" or print "$!\n"'`,
  'programs that are none':
    'echo > empty; chmod +x empty; perl -e \'exec {"/t/empty"} "x" or print "$!\n"; exec {"/t"} "x" or print "$!\n"; exec {"/t/no"} "x" or print "$!\n"\'; head -c 100 /bin/true > cut; chmod +x cut; perl -e \'exec {"/t/cut"} "x" or print "$!\n"\'',
  'programs that are written to': `cp /bin/sleep nap; ./nap 5 & sleep 0.3; perl -e 'for (["nap", 1], ["nap", 2], ["nap", 0], ["nap", 513], ["/bin/sh", 1]) { sysopen F, $_->[0], $_->[1] and print "open\n" or print "$!\n" } truncate "nap", 3 or print "$!\n"'
    (exec 9> nap) 2> /dev/null || echo refused; cp /bin/true nap 2> /dev/null || echo refused; cp -f /bin/true nap; ./nap; echo $?; kill $!; wait; cp /bin/echo late; exec 8>> late; perl -e 'exec {"/t/late"} "x" or print "$!\n"'; exec 8>&-; ./late on; (exec 8> late) && echo gone`,
  'programs by their descriptors': `printf '#!/bin/sh\necho script "$0" "$@"\n' > script; chmod +x script; cp /bin/echo plain; chmod 644 plain; mkdir d; cp /bin/echo d; ln -s echo d/link; perl -e '
      $| = 1; sub at { my ($fd, $path, $flags, @args) = @_; my ($argv, $env) = (pack("p*Q", @args, 0), pack "Q", 0); if (fork == 0) { syscall 322, $fd, $path, $argv, $env, $flags; print "$path $flags: $!\n"; exit } wait }
      $^F = 100; open E, "</bin/echo"; open S, "<script"; open P, "<plain"; opendir D, "d"; open X, "</bin/readlink"; my $m = syscall 319, my $n = "prog", 0; open my $w, ">&=", $m; open I, "</bin/echo"; binmode I; local $/; print $w <I>; $w->flush;
      at fileno E, "", 0x1000, "echo", "by", "descriptor"; at fileno S, "", 0x1000, "s", "one", "two"; at fileno P, "", 0x1000, "p"; at fileno D, "", 0x1000, "d"; at 77, "", 0x1000, "x"; at fileno E, "", 0, "e"; at -100, "", 0x1000, "e";
      at fileno D, "echo", 0, "echo", "in", "directory"; at fileno D, "link", 0, "echo", "link"; at fileno D, "link", 0x100, "echo", "link"; at fileno D, "/bin/echo", 0, "echo", "absolute"; at fileno D, "../script", 0, "s", "three"; at -100, "./script", 0, "s", "four"; at fileno E, "x", 0, "e"; at fileno D, "echo", 0x40000, "e";
      at fileno X, "", 0x1000, "readlink", "/proc/self/exe"; at $m, "", 0x1000, "echo", "from", "memory"; exec { "/proc/self/fd/$m" } "echo", "by", "path"'`,
  'too many arguments':
    'perl -e \'exec {"/bin/true"} "x", "y" x 200000 or print "$!\\n"\'; /bin/true; echo $?; perl -e \'exec {"/bin/true"} ("x") x 3000000 or print "$!\\n"\'',
  'descriptors by name':
    'echo a > f; exec 7< f; cat /dev/fd/7; exec 7<&-; echo out > /dev/stdout; echo err > /dev/stderr; echo b | cat /dev/stdin; ls -l /proc/self/fd/ | wc -l; readlink /dev/fd',
  'devices that are looked at and opened': `mknod n c 1 3; perl -e 'for (1 .. 4) { print -e "/t/n" ? 1 : 0, -c "/t/n" ? 1 : 0, -r "/t/n" ? 1 : 0, readlink("/t/n") // "-", " ", open(my $f, "<", "/t/n") ? "open" : "$!", "\\n" }'`,
  'a working directory that moves':
    'mkdir -p a/b; cd a/b; mv /t/a /t/c; mkdir -p /t/a/b; pwd -P; touch here; ls /t/c/b; cd ..; pwd -P; rmdir /t/c/b 2>&1 || rm -r /t/c/b; ls',
  'a working directory that is gone': 'mkdir d; cd d; rmdir /t/d; touch x; stat -c "%F %h" .; cd /t; ls',
  'named pipes': 'mkfifo p; (echo through > p) & cat p; wait; (cat p > out) & sleep 0.2; echo later > p; wait; cat out',
  'files that a process refuses itself when it becomes another user': `mkdir -m 700 c; echo x > c/f; ln -s f c/l; cp c/f f; chmod 600 f; perl -e '
      $) = "1000 1000"; $> = 1000; my $f = "f"; sub show { print "$_[0]: ", $_[1] ? "done" : "$!", "\n" }
      show "read", open F, "<", "f"; show "write", open F, "+<", "f"; show "list", opendir D, "c"; show "chdir", chdir "c"; show "readlink", readlink "c/l"; show "access", !syscall 439, -100, $f, 4, 0x200; show "chmod", chmod 0777, "f"; show "times", utime 1, 1, "f"; show "truncate", truncate "f", 0' 2>&1`,
  'UNIX sockets': `perl -e 'use Socket; socket(S, AF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un("s")) or die; listen(S, 1); if (fork == 0) { socket(C, AF_UNIX, SOCK_STREAM, 0); connect(C, sockaddr_un("/t/s")) or die; syswrite C, "hello"; exit }
    accept(A, S); sysread A, my $t, 9; print "$t\n"; wait; socket(D, AF_UNIX, SOCK_STREAM, 0); bind(D, sockaddr_un("/t/s")) or print "$!\n"; connect(D, sockaddr_un("/t/none")) or print "$!\n"; connect(D, sockaddr_un("/etc/passwd")) or print "$!\n"; unlink "s"'`,
  'ids of the other end of a socket': `chmod 777 .; perl -e 'use Socket; $| = 1; my $abstract = "\\0tsbuild-test-$$";
      sub peer { my $c = getsockopt $_[0], SOL_SOCKET, 17 or return "$!"; my ($pid, $uid, $gid) = unpack "iii", $c; join " ", length $c, $pid == getppid() ? "parent" : $pid == $$ ? "self" : $pid == ($child // 0) ? "child" : $pid, $uid, $gid }
      for my $name ("s", $abstract) { socket S, AF_UNIX, SOCK_STREAM, 0; bind S, sockaddr_un($name) or print "bind $!\n"; chmod 0777, "s"; listen S, 5; pipe R, W;
        $child = fork; if (!$child) { $) = "43 43"; $> = 42; socket C, AF_UNIX, SOCK_STREAM, 0; print "before ", peer(*C), "\n"; connect C, sockaddr_un($name) or print "connect $!\n"; print "client ", peer(*C), "\n"; close W; <R>; exit }
        accept A, S; print "server ", peer(*A), " listening ", peer(*S), "\n"; close W; close R; wait; close A; close S }
      socketpair P, Q, AF_UNIX, SOCK_STREAM, 0; print "pair ", peer(*P), "\n"; socket T, AF_INET, SOCK_STREAM, 0; print "tcp ", peer(*T), "\n"; socket U, AF_UNIX, SOCK_STREAM, 0; connect U, sockaddr_un("\\0nowhere-$$") or print "$!\n"; connect U, pack("S", 0) or print "$!\n"; connect U, sockaddr_in(1, INADDR_LOOPBACK) or print "$!\n"; connect T, sockaddr_in(1, INADDR_LOOPBACK) or print "$!\n"' | sort`,
  'datagrams to a path': `perl -e 'use Socket; socket S, AF_UNIX, SOCK_DGRAM, 0; bind S, sockaddr_un("d"); socket C, AF_UNIX, SOCK_DGRAM, 0;
      sub hear { my $b; alarm 5; recv S, $b, 99, 0; print "$b\n" } send C, "sendto", 0, sockaddr_un("/t/d") or print "$!\n"; hear; my ($a, $b) = ("send", "msg"); my $name = sockaddr_un("d");
      my $iov = pack "PQPQ", $a, 4, $b, 3; my $hdr = pack "PLx4PQQQlx4", $name, length $name, $iov, 2, 0, 0, 0; syscall(46, fileno C, $hdr, 0) == 7 or print "$!\n"; hear;
      my $many = "$hdr\\0\\0\\0\\0\\0\\0\\0\\0"; print syscall(307, fileno C, $many, 1, 0), " ", unpack("L", substr $many, 56), "\n"; hear; my $none = sockaddr_un("none"); $hdr = pack "PLx4PQQQlx4", $none, length $none, $iov, 2, 0, 0, 0; syscall 46, fileno C, $hdr, 0; print "$!\n";
      connect C, sockaddr_un("d"); $hdr = pack "QLx4PQQQlx4", 0, 0, $iov, 2, 0, 0, 0; syscall 46, fileno C, $hdr, 0; hear; send C, "x", 0, sockaddr_un("/etc/passwd") or print "$!\n"' 2>&1`,
  signals:
    'perl -e "\\$p = fork; if (\\$p == 0) { sleep 30; exit } kill 15, \\$p; waitpid \\$p, 0; print \\$?, 10"; sh -c "kill -9 \\$\\$"; echo $?; kill -0 1 2> /dev/null; trap "echo trapped" USR1; kill -USR1 $$; echo after',
  'umask and modes':
    'umask 077; touch a; mkdir b; umask 0; touch c; mkdir d; umask 022; (umask 007; touch e); touch f; chmod 0 f; chmod 1777 d; chmod 2755 b; echo x >> f; cat f',
  times:
    'touch -d "2001-02-03 04:05:06.789" a; ln -s a l; touch -h -d "2002-01-01" l; stat -c "%n %y" a l; touch -r a b; stat -c %y b',
  'links and renames':
    'echo x > a; ln a b; mv -n b c; mv c a; ls; mkdir d e; touch e/f; mv d e/d; mv -T e/d e 2>&1; ln -s /t/none dangling; echo y > dangling; cat none; ln -s loop loop; cat loop 2>&1; echo z > d/ 2>&1; ls -R',
  'mount points':
    'mv /proc /p; rmdir /dev; touch /usr/new; mkdir /bin/x; chmod 777 /usr/bin/env; echo 1 > /proc/sys/kernel/panic; grep -c " /proc " /proc/mounts',
  'a process that may not be dumped': `perl -e 'syscall(157, 4, 0, 0, 0, 0); print -e "/etc/passwd" ? 1 : 0, "\\n"'`,
  pseudoterminals: 'script -qc "test -t 0 && echo terminal" /dev/null | tr -d "\\r"',
  'handles of files': `echo x > f; ln f g; ln -s f l; mkdir d; perl -e '
      sub handle { my ($at, $path, $flags, $room) = @_; my ($h, $m) = (pack("Ll", $room, 0) . "\\0" x 200, pack "Q", 0); my $r = syscall 303, $at, $path, $h, $m, $flags; my ($size, $type) = unpack "Ll", $h; $r < 0 ? "$! $size" : unpack("H*", substr $h, 0, 8 + $size) . " " . unpack "L", $m }
      my $f = handle(-100, "f", 0, 128); print $f eq handle(-100, "/t/g", 0, 128), $f eq handle(-100, "l", 0x400, 128), $f ne handle(-100, "l", 0, 128), $f ne handle(-100, "d", 0, 128), "\n";
      open F, "<f"; opendir D, "d"; print $f eq handle(fileno F, "", 0x1000, 128), $f eq handle(fileno D, "../f", 0, 128), "\n";
      print handle(-100, "f", 0, 0), "|", handle(-100, "none", 0, 128), "|", handle(-100, "f", 0, 129), "|", handle(-100, "f", 0x100, 128), "|", handle(99, "x", 0, 128), "|", handle(-100, "", 0, 128), "\n";
      my $h = pack("Ll", 8, 1) . "\\0" x 8; print syscall(304, fileno D, $h, 0), " $!\n"'`,
  'the name of the machine': 'uname -n',
  watches: `mkdir d; touch f d/old; ln -s f link; ln -s none broken; perl -e '
      my $fd = syscall 294, 02004000; open my $events, "<&=", $fd or die; sub add { my ($path, $mask) = @_; my $wd = syscall 254, $fd, $path, $mask; push @wds, $wd; print "$path ", $wd < 0 ? "$!
" : "watched
" }
      add "/t/f", 0x2; add "d", 0x100 | 0x200 | 0x40 | 0x80; add "link", 0x4; add "broken", 2; add "broken", 0x02000004; add "f", 0x01000002; add "/none", 2; add "/etc/passwd", 0x400;
      system "echo x >> f; touch d/new; mv d/new d/newer; rm d/old; chmod 600 link";
      while (sysread $events, my $bytes, 4096) { while (length $bytes) { my ($wd, $mask, $cookie, $size) = unpack "lLLL", $bytes; my $name = substr $bytes, 16, $size; $name =~ tr/\\0//d; my ($at) = grep { $wds[$_] == $wd } 0 .. $#wds; printf "%d %x %s
", $at // -1, $mask, $name; substr $bytes, 0, 16 + $size, "" } }
      print "$!
"; my $p = "f"; syscall(254, 0, $p, 2) < 0 and print "$!
"; syscall(254, 99, $p, 2) < 0 and print "$!
"; syscall(294, 1) < 0 and print "$!
"; syscall(255, $fd, $wds[0]) and print "$!
";
      if (fork == 0) { $> = 5; add "/t/d/newer", 2; add "/t/f", 2; exit } wait' < /dev/null`,
  'a root directory that is left': `mkdir -p r/bin r/t/u; cp /bin/busybox r/bin; ln -s /t/file r/link; echo outside > file; echo inside > r/t/file; perl -e '
      sub show { print "@_: ", (readlink("/link") || "-"), " ", (-e "/bin/perl" ? 1 : 0), (-e "/bin/busybox" ? 1 : 0), " ", do { open my $f, "</link" or print "$! "; <$f> // "\n" } }
      opendir D, "/t"; chroot "/t/r" or die; show "root"; print -e "../etc/passwd" ? 1 : 0, -e "r/bin/busybox" ? 1 : 0, "\n";
      chdir "/t/u/../../.." or print "$!\n"; print join(" ", sort glob "*"), "\n"; mkdir "/t/new"; symlink "/", "/t/top"; print -e "/t/top/bin/busybox" ? 1 : 0, "\n";
      if (fork == 0) { chroot "/t" or die; chdir "/"; show "child"; print -d "new" ? 1 : 0, "\n"; $> = 5; chroot "/new" or print "$!\n"; exit } wait;
      system { "/bin/busybox" } "sh", "-c", "/bin/busybox pwd; cd /t; /bin/busybox pwd; cd /; /bin/busybox ls /t";
      chroot "/none" or print "$!\n"; chroot "/bin/busybox" or print "$!\n";
      chdir D; chroot "." or die; print -e "/file" ? 1 : 0, "\n"; chroot "../.." or die; show "back"' 2>&1`,
  'paths that stay below a directory': `mkdir -p d/e; echo d > d/f; echo up > up; ln -s ../up d/out; ln -s /t/up d/abs; ln -s f d/in; ln -s e/../f d/around; perl -e '
      opendir D, "/t/d"; opendir P, "/proc"; opendir U, "/usr"; my $at = 437;
      for my $c ([0, "f", 8], [0, "../up", 8], [0, "out", 8], [0, "abs", 8], [0, "in", 8], [0, "in", 4], [0, "/f", 8], [0, "around", 8], [0, "../f", 16], [0, "/f", 16], [0, "abs", 16], [0, "abs", 0], [0, "abs", 4], [0, "out", 2], [01101, "made", 8], [01101, "out", 8], [01101, "abs", 16], [01101, "abs", 2], [0101, "none/x", 8], [0, "f", 64], [0, "f", 24]) {
        my $how = pack "QQQ", $c->[0], ($c->[0] & 0100) ? 0640 : 0, $c->[2]; my $path = $c->[1];
        my $fd = syscall $at, fileno D, $path, $how, 24; my $e = $!; print "$c->[1] $c->[2]: "; if ($fd < 0) { print "$e\n" } else { open my $f, "<&=", $fd; print(($c->[0] & 3) ? "open\n" : <$f> // "empty\n") } }
      for my $c (["1/environ", 8], ["sysrq-trigger", 8], ["self/status", 8]) { my $how = pack "QQQ", $c->[0] =~ /sys/ ? 1 : 0, 0, $c->[1]; my $p = $c->[0]; my $fd = syscall $at, fileno P, $p, $how, 24; print "$p ", $fd < 0 ? 0 : 1, "\n" if $p !~ /environ/ }
      my $p = "bin/env"; my $how = pack "QQQ", 01001, 0, 8; syscall($at, fileno U, $p, $how, 24) < 0 and print "$!\n"' 2>&1; cat up`,
  capabilities: `grep Cap /proc/self/status; setpriv --reuid 1000 --regid 1000 --clear-groups grep Cap /proc/self/status
    perl -e '$h = pack "Vl", 0x20080522, 0; $d = pack "x24"; print syscall(125, $h, $d), unpack("H*", $d), "\n"; $s = pack "V6", 1, 1, 0, 0, 0, 0; print syscall(126, $h, $s); print syscall(125, $h, $d), unpack("H*", $d), "\n"; $s = pack "V6", 3, 3, 0, 0, 0, 0; print syscall(126, $h, $s), "$!\n"; $h = pack "Vl", 1, 0; print syscall(125, $h, $d), unpack("H*", $h), "\n"; exec "grep", "Cap", "/proc/self/status"'
    setpriv --bounding-set -chown grep Cap /proc/self/status; perl -e 'print syscall(157, 23, $_, 0, 0, 0), " " for 0, 2, 31, 40, 99'`,
  'names of connected sockets': `perl -e 'use Socket; sub at { my $a = shift or return "$!"; length($a) > 2 ? (unpack_sockaddr_un($a))[0] : "none" }
      mkdir "d"; socket S, AF_UNIX, SOCK_STREAM, 0; bind S, sockaddr_un("d/s") or print "$!\n"; listen S, 1; my ($name, $size) = ("\\0" x 4, pack "L", 4); syscall 51, fileno S, $name, $size; print unpack("H*", $name), unpack("L", $size), "\n"; syscall(51, fileno S, $name, pack "l", -1) < 0 and print "$!\n";
      socket C, AF_UNIX, SOCK_STREAM, 0; connect C, sockaddr_un("/t/d/s"); print at(getpeername C), "\n"; accept A, S; if (fork == 0) { print at(getsockname A), " ", at(getsockname C), "\n"; connect C, sockaddr_un("d/s") or print "$!\n"; exit } wait; rename "d", "e"; print at(getsockname S), "\n";
      socket D, AF_UNIX, SOCK_DGRAM, 0; bind D, sockaddr_un("g"); socket E, AF_UNIX, SOCK_DGRAM, 0; connect E, sockaddr_un("/t/g"); connect E, sockaddr_un("/t/g") or print "$!\n"; print at(getpeername E), "\n"; socket T, AF_INET, SOCK_STREAM, 0; print length getsockname T, "\n"; getsockname STDIN or print "$!\n"' < /dev/null`,
  'rights that are given up': `cp /usr/bin/id id; chown 5 id; chmod 4755 id; perl -e 'print syscall(157, 39, 0, 0, 0, 0), syscall(157, 38, 0, 0, 0, 0), syscall(157, 38, 1, 0, 0, 0), syscall(157, 39, 0, 0, 0, 0), syscall(157, 28, 0), syscall(157, 27), "\n"; system "./id -u; grep NoNewPrivs /proc/self/status"'; ./id -u; grep NoNewPrivs /proc/self/status; setpriv --reuid=7 --clear-groups perl -e 'print syscall(157, 28, 0), " $!\n"'`,
  'calls that change the machine': `mkdir m; perl -e 'my ($m, $type, $none) = ("m", "tmpfs", ""); for ([165, $type, $m, $type, 0, 0], [166, $m, 0], [155, $m, $m], [167, $m, 0], [168, $m], [163, $m], [425, 1, 0], [300, 0, 0]) { print syscall($_->[0], @$_[1 .. $#$_], 0), " $!\n" }'`,
  'attributes that need more rights': `touch f; perl -e 'my $f = "f"; for (["user.a", "1"], ["trusted.a", "1"], ["security.a", "1"], ["security.capability", "1"], ["security.capability", pack "V5", 0x02000001, 1, 0, 0, 0], ["system.a", "1"], ["other", "1"]) { my ($name, $value) = @$_; print "$name ", syscall(188, $f, $name, $value, length $value, 0), " $!\n"; print syscall(197, $f, $name), "\n" }
      chmod 0666, $f; $> = 9; for ("user.b", "trusted.b", "security.capability") { my ($name, $value) = ($_, "1"); print "$name ", syscall(188, $f, $name, $value, 1, 0), " $!\n" }'`,
  'set-user-ID bits of files that are emptied': `for f in a b c; do echo x > $f; chown 9 $f; chmod 6777 $f; done; perl -e '$> = 9; open F, ">a"; truncate "b", 0; open F, ">>c"; close F'; : > c`,
  'names that cannot be moved': `mkdir d e; touch f g; perl -e 'for (["d/..", "x"], ["d/.", "x"], ["..", "x"], ["f", "."]) { rename $_->[0], $_->[1] or print "$!\n" } my ($f, $g) = ("f", "g"); for (1, 2, 3, 64) { print syscall(316, -100, $f, -100, $g, $_), " $!\n" } my $how = pack "QQQ", 1 << 30, 0, 0; print syscall(437, -100, $f, $how, 24), " $!\n"'`,
  'signals to processes of others': `perl -e '$| = 1; $c = fork; if ($c == 0) { sleep 9; exit } if (($user = fork) == 0) { $( = 7; $) = 7; $< = 7; $> = 7; for (0, 15) { print kill($_, $c), " $!\n" } if (($own = fork) == 0) { sleep 9; exit } print kill(15, $own), "\n"; waitpid $own, 0; print $? & 127, "\n"; exit } waitpid $user, 0; print kill(15, $c), "\n"; waitpid $c, 0; print $? & 127, "\n"'`,
  'devices that are opened': `mknod n c 1 3; perl -e 'for (0, 1, 2) { sysopen F, "n", $_ or print "$!\n" }'; echo x > n`,
  'files of the machine that show more to some':
    'for f in kmsg slabinfo; do head -c 1 /proc/$f | wc -c; done; head -n 1 /proc/kallsyms | cut -d " " -f 1; head -n 2 /proc/iomem | tail -n 1 | cut -d : -f 1; echo 1 > /proc/sys/vm/drop_caches',
  'names across mounts':
    'perl -e \'my ($from, $name) = ("/bin/true", "b"); for my $to ("a", "/bin/a", "/t") { link $from, $to or print "$!\\n" } open F, "<", $from; link "/proc/self/fd/" . fileno F, "a" or print "$!\\n"; my $empty = ""; syscall(265, fileno F, $empty, -100, $name, 0x1000) < 0 and print "$!\\n"\'; touch f; ln f /tmp/g; mv f /tmp/h; stat -c %h /tmp/h; rm /tmp/g /tmp/h',
  'a deep tree':
    'for i in $(seq 40); do mkdir dir$i; cd dir$i; done; pwd | wc -c; touch f; cd /t; find . -name f | wc -l; rm -r dir1; ls',
}

const canCompare = canSandbox && ['perl', 'setpriv', 'find'].every((name) => existsSync(`/usr/bin/${name}`))

describe.skipIf(!canCompare)('confined processes (skipped without CAP_SYS_ADMIN, busybox, perl or setpriv)', () => {
  let real: Sandbox
  let confined: Sandbox
  beforeAll(() => {
    real = new Sandbox(namespaceIsolator)
    confined = new Sandbox(confinedIsolator)
    for (const sandbox of [real, confined]) makeMachineRoot(sandbox)
  })
  beforeEach(() => {
    for (const sandbox of [real, confined]) makeFilesOfRoot(sandbox)
  })
  afterAll(() => {
    real[Symbol.dispose]()
    confined[Symbol.dispose]()
  })

  async function compare(script: string, uid: number): Promise<void> {
    const [expected, found] = [await run(real, script, uid), await run(confined, script, uid)]
    expect(expected.out).not.toBe('')
    const [{ out, err, exitCode }, wanted] = [found, expected]
    expect({ out, err, exitCode }).toEqual({ out: wanted.out, err: wanted.err, exitCode: wanted.exitCode })
  }

  async function run(sandbox: Sandbox, script: string, uid: number): Promise<Outcome> {
    rmSync(sandbox.at('rootfs/t'), { recursive: true, force: true })
    mkdirSync(sandbox.at('rootfs/t'))
    const ledger = new Ledger()
    if (sandbox === real) chownSync(sandbox.at('rootfs/t'), uid, uid)
    else if (uid !== 0) {
      const { dev, ino } = lstatSync(sandbox.at('rootfs/t'))
      ledger.set(dev, ino, { uid, gid: uid })
    }
    const args = ['/bin/sh', '-c', `cd /t; { ${script}\n} 2>&1; ${listFiles}`]
    const own = sandbox === real ? {} : { ledger }
    return sandbox.run(args, { mounts: machineMounts, env: machineEnv, user: { uid, gid: uid, groups: [] }, ...own })
  }

  test.for(Object.entries(processScripts))('%s', async ([, script]) => compare(script, 0))
  test.for(Object.entries(rootScripts))('%s', async ([, script]) => compare(script, 0))
  test('an older directory cannot be renamed, as on an overlay', async () => {
    mkdirSync(confined.at('rootfs/old/inner'), { recursive: true })
    const script = `perl -e 'rename "/old", "/new" or print "$!\\n"'; mkdir /made; mv /made /moved; mv /old/inner /old/outer; ls / /old; rm -r /old /moved`
    const { out } = await confined.run(['/bin/sh', '-c', script], {
      mounts: machineMounts,
      env: machineEnv,
      ledger: new Ledger(),
    })
    expect(out).toMatch(/^Invalid cross-device link\n/)
    expect(out).toMatch(/\bmoved\b/)
    expect(out).toMatch(/\/old:\nouter\n$/)
  })
  test('a directory that was made for a mount can be renamed, and the mount stays behind', async () => {
    writeFileSync(confined.at('secret'), 'secret')
    const secret: Mount = {
      type: 'bind',
      source: confined.at('secret'),
      target: '/made/inner/token',
      readonly: true,
      directory: false,
    }
    const script = `cat /made/inner/token; mv /made /moved; cat /moved/inner/token; ls /made 2>&1 | wc -l`
    const { out } = await confined.run(['/bin/sh', '-c', script], {
      mounts: [...machineMounts, secret],
      env: machineEnv,
      ledger: new Ledger(),
    })
    expect(out).toBe('secret1\n')
    expect(readFileSync(confined.at('rootfs/moved/inner/token'), 'utf8')).toBe('')
    rmSync(confined.at('rootfs/moved'), { recursive: true })
  })
  test.for(Object.entries(userScripts))('another user and %s', async ([, script]) => compare(script, 1000))
})
