// Help for tests: scripts that the kernel and a supervisor must answer in the same way. They run in
// /t with `perl`, `setpriv` and `busybox`.

/** Scripts of root. */
export const rootScripts: Readonly<Record<string, string>> = {
  'owners of files, directories and symlinks':
    'touch a; mkdir d; ln -s a l; chown 33:44 a; chown -h 5:6 l; chown :7 d; chown 8 l; stat -c "%n %u %g" a d l',
  'an owner that is left as it is':
    'touch a; chown 1:2 a; chown 3 a; chown :4 a; chown 0:0 a; touch b; chown 1:2 b; chown 0 b',
  'changing the owner takes set-user-ID bits away':
    'touch a b; chmod 6755 a; chmod 2644 b; chown 1 a; chgrp 2 b; mkdir d; chmod 6755 d; chown 3 d',
  'hard links share an owner': 'touch a; ln a b; chown 1:2 b; ln b c; rm a; chown 3:4 c',
  'trees, copies and moves':
    'mkdir -p x/y/z; touch x/y/f; chown -R 10:20 x; cp -a x copy; mv x/y moved; cp -r moved again',
  'files that replace others':
    'touch a b c; chown 1:1 a; chown 2:2 b; mv a b; touch c; chown 3:3 c; rm c; touch c; cp -p b c',
  'a file gets nothing from a removed one':
    'for i in 1 2 3 4 5 6 7 8; do touch f$i; chown $i:$i f$i; rm f$i; touch g$i; done; mkdir d; chown 9 d; rmdir d; mkdir e',
  'a directory passes its group on':
    'mkdir d; chown 0:50 d; chmod 2775 d; touch d/f; mkdir d/e; ln -s x d/l; touch d/e/g; mkfifo d/p',
  devices:
    'mknod n c 1 3; mknod -m 640 b b 8 1; chown 0:6 b; stat -c "%n %F %t %T %a" n b; mkfifo -m 600 p; chown 1 p; test -c n && test -b b && test -p p; echo $?',
  'other users make files of their own': `mkdir -m 777 w; cd w; setpriv --reuid=1000 --regid=1001 --clear-groups sh -c '
    touch f; mkdir d; ln -s f l; mkfifo p; echo x > f; umask 077; touch g; mkdir e; id'; touch r`,
  'directories that pass their group on': `mkdir p p/q; chgrp 7 p; chmod 2775 p; ln -s p link
    touch p/a /t/p/b link/c /t/link/d ./p/e; mkdir p/f /t/p/g /t/link/h; ln -s x p/i; ln -s x /t/p/j; (cd p; touch k; mkdir l; ln -s x m; cp -r l n)
    cd /; touch t/p/o; mkdir t/p/r; ln t/p/o t/p/u; touch t/p/q/v t/p/f/w; stat -c '%n %u:%g %a' /t/p/* /t/p/*/*`,
  'names of files with an owner that go': `for path in f /t/f ./f d/f /t/d/f; do mkdir -p d; touch $path; chown 5:6 $path; rm $path; touch new; stat -c '%n %u:%g' new
    touch $path; chown 7:8 $path; mv new $path; stat -c '%n %u:%g' $path; mkdir e; chown 9 e; rmdir e; mkdir e; stat -c '%n %u' e; rm -r d e; rm -f f; done`,
  'ids of processes': `setpriv --reuid=1000 --regid=1001 --groups=5,6 sh -c 'id; (id -u; id -G); exec id -r -u'; id
    setpriv --ruid=7 --euid=8 --clear-groups sh -c true; id`,
  'privileges that are gone': `setpriv --reuid=1000 --regid=1000 --clear-groups perl -e '
    $> = 0; print "euid $>\\n"; $) = 0; print "egid $)\\n"; chown 0, 0, "/t" or print "chown: $!\\n"'`,
  'one id after the other': `perl -e 'use POSIX; $) = "5 6 7"; $( = 5; print "$( $)\\n"; $> = 9; print "$< $>\\n"; $> = 0; print "$< $>\\n"; setuid(4); print "$< $>\\n"; $> = 0; print "$>\\n"'`,
  'children keep what their parent had': `perl -e '
    pipe(R, W); if (fork == 0) { close W; <R>; print "child $>\\n"; exit } close R; $> = 33; print "parent $>\\n"; if (fork == 0) { print "later $>\\n"; exit } close W; wait; wait'`,
  'orphans keep what they inherited': `setpriv --reuid=12 --regid=12 --clear-groups sh -c '(sleep 0.3; id -u) & sleep 0.1'; sleep 0.6`,
  'set-user-ID programs': `cp /usr/bin/id id; chown 15:16 id; chmod 6755 id; setpriv --reuid=1000 --regid=1000 --clear-groups ./id; ./id; cp /usr/bin/id root; chmod 4755 root; setpriv --reuid=1000 --regid=1000 --clear-groups ./root`,
  threads: `mkdir -m 777 w; cd w; perl -e 'use threads; $> = 3; my $t = threads->create(sub { open F, ">f"; print "$>\\n" }); $t->join' 2>/dev/null || { touch f; chown 3 f; echo 3; }`,
  'paths with links, dots and slashes':
    'mkdir -p a/b; ln -s /t/a/b abs; ln -s ../t/a rel; touch a/b/f; chown 5:5 abs/../b/f; chown 6:6 rel/b/; stat -c "%n %u" abs/f rel/b/../b/f ./a//b/f /t/abs/; chown 7 abs; rm rel/b/f; touch rel/b/f',
  'directories and symlinks that change places': `mkdir -p a/b c/b; echo 1 > a/b/f; echo 22 > c/b/f; ln -s f c/b/s; ln -s a l; ln -s c m; perl -e '
    sub look { for my $d ("/t/a/b", "/t/l/b", "/t/c/b") { my $text = open(my $f, "<", "$d/f") ? <$f> : "none\\n"; print "$d ", -s "$d/f" // "-", " ", readlink("$d/s") // "-", " ", -d $d ? 1 : 0, " $text" } }
    look; rename "a", "x"; look; rename "c", "a"; look; rename "m", "l"; symlink "x", "c"; look; unlink "l"; symlink "x", "l"; look; unlink "c"; unlink "a/b/f", "a/b/s"; rmdir "/t/a/b"; look;
    mkdir "/t/a/b"; open F, ">", "/t/a/b/f"; print F "new\\n"; close F; look; rename "x/b", "x/d"; look'`,
  'names that come, change and go': `perl -e 'use Socket; mkdir "/t/d"; mkdir "/t/e"; open F, ">/t/e/x"; print F "e"; close F;
    sub look { print "$_[0]:"; for my $p ("/t/d/x", "/t/d/x/y", "/t/d") { for (1, 2) { my $text = -p $p ? "pipe" : open(my $f, "<", $p) ? (<$f> // "") : "none"; print " ", -e $p ? 1 : 0, -r $p ? 1 : 0, -x $p ? 1 : 0, -l $p ? 1 : 0, -d $p ? 1 : 0, readlink($p) // "-", $text } } print "\\n" }
    look "none"; open F, ">/t/d/x"; close F; look "file"; chmod 0700, "/t/d/x"; look "mode"; unlink "/t/d/x"; look "gone"; symlink "/t/e/x", "/t/d/x"; look "link"; rename "/t/e", "/t/d/x"; look "refused"; unlink "/t/d/x"; mkdir "/t/d/x"; look "directory"; rmdir "/t/d/x"; link "/t/e/x", "/t/d/x"; look "name";
    unlink "/t/d/x"; rename "/t/e/x", "/t/d/x"; look "moved"; open F, ">/t/e/x"; rename "/t/e/x", "/t/d/x"; look "replaced"; unlink "/t/d/x"; socket S, AF_UNIX, SOCK_STREAM, 0; bind S, sockaddr_un("/t/d/x"); look "socket"; unlink "x"; chdir "/t/d"; unlink "x"; look "removed"; system "mkfifo x"; look "pipe"; unlink "x"; open F, ">x"; print F "again"; close F; look "again";
    unlink "x"; mkdir "x"; open F, ">x/y"; close F; look "below"; rename "x", "/t/z"; look "away"; symlink "/t/z", "x"; look "through"; unlink "x"; rename "/t/z", "x"; look "back"; unlink "x/y"; rmdir "x"; chdir "/t"; look "empty"; rmdir "d"; look "no"; mkdir "e/x"; open F, ">e/x/y"; symlink "e", "d"; look "other"'`,
  'symlinks that lead through a directory and back':
    'mkdir a b; echo 1 > b/f; ln -s a/../b l; cat l/f; cat /t/l/f; stat -c %s /t/l/f; rmdir a; cat /t/l/f; stat -c %s /t/l/f; mkdir a; cat /t/l/f; mv a c; cat /t/l/f',
  'paths that lead elsewhere': `mkdir -p a/b c; echo 1 > a/b/f; echo 22 > c/f; ln -s ../a/b/f c/l; ln -s /t/a d; ln -s /t/none dangling; ln -s /proc/self proc; ln -s /dev dev; perl -e '
    sub look { for my $p ("/t/c/l", "/t/a/b/../b/f", "/t/d/b/f", "/t/d/../c/l", "/t/a/b/.", "/t/dangling", "/t/none/../c/f", "/t/none/.", "/t/c/../x/y", "/t/proc/../version", "/t/dev/null", "/t/c/../dev/null") {
      for (1 .. 3) { my $text = open(my $f, "<", $p) ? (-f $f ? (<$f> // "empty") : "file") : "none"; chomp $text; print "$_[0] $p ", -e $p ? 1 : 0, -w $p ? 1 : 0, -x $p ? 1 : 0, -l $p ? 1 : 0, -d $p ? 1 : 0, " ", readlink($p) // "-", " ", (lstat $p)[7] // "-", " $text\n" } } }
    look "first"; rename "c/f", "a/b/f"; look "replaced"; unlink "a/b/f"; look "gone"; symlink "/t/a/b/g", "a/b/f"; look "dangling"; open F, ">a/b/g"; print F "g"; close F; look "made"; chmod 0755, "a/b/g"; look "program";
    rename "a/b/g", "c/f"; symlink "/dev/null", "a/b/g"; look "device"; unlink "a/b/g"; unlink "d"; symlink "c", "d"; look "other link"; mkdir "none"; look "directory"; rename "a", "x"; look "moved"; mkdir "a"; open F, ">x/y"; close F; look "new"; rename "none", "c/none"; look "away"; unlink "x/y"; system "mkfifo", "x/y"; print -p "/t/c/../x/y" ? 1 : 0, "\n"'`,
  'files of more than 2 GiB': `truncate -s 3G big; mkdir d; ln -s /t d/up; ln -s big link; perl -MFcntl -e '
    for my $at ("/t/big", "/t/link", "/t/d/up/big", "big", "d/up/link") { for (1 .. 3) { sysopen my $f, $at, 0 or print "$at: $!\\n"; printf "%o %d ", fcntl($f, F_GETFL, 0) & 0100000, -s $f } print "\\n" }'; rm big`,
  'names that are no text': `perl -e 'my $n = "\\xff\\xfe"; open F, ">$n"; chown 3, 4, $n; my @s = lstat $n; print "$s[4] $s[5]\\n"; rename $n, "ok"'`,
  'open files': `perl -e 'open F, "+>f"; chown 3, 4, \\*F; my @s = stat F; print "$s[4]:$s[5]\\n"; unlink "f"; open G, ">g"; @s = stat G; print "$s[4]:$s[5]\\n"'`,
  'a root directory inside the root directory': `mkdir -p r/bin r/t; cp /bin/busybox r/bin/busybox; ln -s busybox r/bin/sh; chroot r /bin/busybox sh -c '
    /bin/busybox touch /t/x; /bin/busybox chown 4:5 /t/x; cd /t; /bin/busybox ls -ln x; /bin/busybox ls -ln /t/x' | sed "s/[A-Z][a-z][a-z] .* //"`,
  // Two of three signals interrupt one of these calls, if handlers do not restart them.
  'signals at any time, with handlers that restart calls and others': `touch f; ln -s f l; perl -e 'use POSIX; use Time::HiRes qw(setitimer ITIMER_REAL); my ($n, $buf) = (0, "\\0" x 4096); my ($f, $l, $new) = ("f", "l", "new");
      my %calls = (access => [21, $f, 4], chmod => [90, $f, 0644], chown => [92, $f, 3, 4], getuid => [102], mkdir => [83, $f, 0755], readlink => [89, $l, $buf, 9], stat => [4, $f, $buf], chdir => [80, my $dot = "."], creat => [85, $new, 0644]);
      for my $flags (0, 0x10000000) { if ($flags) { my $a = POSIX::SigAction->new(sub { $n++ }, POSIX::SigSet->new, $flags); $a->safe(1); sigaction(SIGALRM, $a) } else { $SIG{ALRM} = sub { $n++ } }
        setitimer ITIMER_REAL, 0.0003, 0.0003; for my $name (sort keys %calls) { my %seen; for (1 .. 200) { $! = 0; my $r = syscall $calls{$name}[0], @{$calls{$name}}[1 .. $#{$calls{$name}}]; close(do { open my $g, "<&=", $r; $g }) if $name eq "creat"; $r = 3 if $name eq "creat" && $r > 0; $seen{"$r $!"} = 1 } print "$name: ", join(",", sort keys %seen), "\\n" }
        setitimer ITIMER_REAL, 0 } print $n ? "some\\n" : "none\\n"'`,
  'signals that interrupt calls that wait': `mkfifo p; perl -e 'use Socket; $SIG{ALRM} = sub { $n++ }; my $b = "\\0" x 9; sub end { print "$_[0]: $_[1] $!\\n" } pipe R, W; socketpair P, Q, AF_UNIX, SOCK_STREAM, 0; socket S, AF_UNIX, SOCK_STREAM, 0; bind S, sockaddr_un("s"); listen S, 1; my $p = "p";
      my %calls = (accept => [43, fileno S, 0, 0], fifo => [2, $p, 0], open => [257, -100, $p, 1], read => [0, fileno R, $b, 9], recv => [45, fileno P, $b, 9, 0, 0, 0], wait => [61, -1, 0, 0, 0]); my $child = fork; if (!$child) { sleep 9; exit }
      for my $name (sort keys %calls) { $! = 0; syscall 38, 0, pack("QQQQ", 0, 100000, 0, 100000), 0; my $r = syscall $calls{$name}[0], @{$calls{$name}}[1 .. $#{$calls{$name}}]; end $name, $r; syscall 38, 0, pack("x32"), 0 } kill 9, $child; print $n > 5 ? "ran\\n" : "$n\\n"'`,
  'a signal while a pipe is opened, whose handler restarts calls': `mkfifo p; perl -e 'use POSIX; my $a = POSIX::SigAction->new(sub { print "handled\\n" }, POSIX::SigSet->new, SA_RESTART); $a->safe(0); $| = 1; sigaction(SIGUSR1, $a); my $parent = $$; if (!fork) { select undef, undef, undef, 0.2; kill "USR1", $parent; select undef, undef, undef, 0.2; open F, ">p"; exit } my $p = "p"; my $r = syscall 2, $p, 0; print $r > 0 ? "open" : "$!", "\\n"'`,
  'names that a process refuses itself when it becomes another user': `mkdir d; touch d/f; mkdir -m 700 c; touch c/f; perl -e '
      use Socket; $) = "1000 1000"; $> = 1000; socket S, AF_UNIX, SOCK_STREAM, 0; my $pipe = "d/p"; sub show { print "$_[0]: ", $_[1] ? "done" : "$!", "\n" }
      show "stat", -e "c/f"; show "mkdir", mkdir "d/n"; show "create", open F, ">", "d/n"; show "unlink", unlink "d/f"; show "rename", rename "d/f", "d/g"; show "symlink", symlink "x", "d/l"; show "mknod", !syscall 133, $pipe, 010644, 0;
      show "chown", chown 1000, 1000, "d/f"; show "bind", bind S, sockaddr_un("d/s"); if (!fork) { exec { "/t/c/f" } "f" or show "exec" } wait; system "cat c/f; cd c; readlink c/f; chmod 777 d/f"'`,
  'other users make files after a change of the root': `mkdir -p r/bin; cp /bin/busybox r/bin; chroot r /bin/busybox true; mkdir -m 777 w; cd w; setpriv --reuid=1000 --regid=1001 --clear-groups sh -c 'touch f; mkdir d; echo x > f; chmod 600 f; cat f /etc/passwd > /dev/null'
    mkdir -m 777 ../r/w; chroot ../r /bin/busybox setuidgid 1000:1001 /bin/busybox touch /w/f 2> /dev/null || perl -e 'chroot "../r"; chdir "/w"; $) = 7; $> = 8; open F, ">f"; mkdir "/w/d"; open F, ">/w/d/g"'`,
  'flags of chown': `touch f; perl -e 'my ($f, $e) = ("f", ""); for my $flags (0, 0x100, 0x100000) { print syscall(260, -100, $f, 1, 2, $flags), " ", syscall(260, -100, $e, 1, 2, $flags), " $!\n" }'`,
  'many processes': 'for i in $(seq 1 200); do (touch f$i; chown $i:$i f$i) & done; wait; ls | wc -l',
}

/** Accesses that modes refuse to a user other than root. Only root can enter `/closed`. */
export const userScripts: Readonly<Record<string, string>> = {
  'sockets of its own': `perl -e 'use Socket; umask 027; for my $at ("s", "/t/other", "/etc/none", "s") { socket my $s, PF_UNIX, SOCK_STREAM, 0; bind $s, pack_sockaddr_un($at) or print "$at: $!\n"; listen $s, 1; push @all, $s } chmod 0770, "s" or print "$!\n"; socket my $c, PF_UNIX, SOCK_STREAM, 0; connect $c, pack_sockaddr_un("/t/s") or print "$!\n"; accept my $a, $all[0]; syswrite $a, "through\n"; sysread $c, $_, 20; print; printf "%o %d\n", (stat "other")[2, 4]; rename "s", "moved" or print "$!\n"; unlink "other" or print "$!\n"'`,
  'names that exist, and names that are missing': `perl -e 'mkdir $_ or print "$!\n" for "/", "/etc", "/etc/passwd", "/etc/none", "/usr/none"; rmdir $_ or print "$!\n" for "/etc/none", "/usr"; unlink "/etc/none" or print "$!\n"; symlink "a", "/etc/passwd" or print "$!\n"; symlink "a", "/etc/none" or print "$!\n"; rename "/etc/none", "/etc/x" or print "$!\n"; link "/t", "/etc/passwd" or print "$!\n"; mkdir "/usr/bin" or print "$!\n"'`,
  'files of its own':
    'touch f; mkdir d; echo x > d/f; cat d/f; ln f g; mv f d/h; rm g; ln -s d l; chmod 600 d/h; test -w d/h; echo $?',
  'directories of root':
    'touch /etc/new /new; mkdir /new; ln -s a /new; mkfifo /new; mv /etc /new; rm -r /etc/passwd; rmdir /tmp; echo > /closed/x',
  'files that are closed':
    'cat /closed/secret; ls /closed; cd /closed; stat /closed/secret; test -e /closed/secret; echo $?; cat /unreadable; echo x >> /readable; cat /readable; : > /readable; test -w /readable; echo $?; test -r /unreadable; echo $?',
  'modes and owners of others':
    'chmod 777 /readable; chown 1000 /readable; touch f; chown 5 f; chgrp 1000 f; chgrp 0 f; chmod 4755 f; touch /readable; truncate -s 0 /readable',
  'a directory in which everybody writes':
    'touch /tmp/mine; rm /tmp/mine; rm -f /tmp/root; mv /tmp/root /tmp/other; mv f /tmp/root; ls /tmp',
  'names of its sockets': `perl -e 'use Socket; sub at { my $a = shift or return "$!"; length($a) > 2 ? (unpack_sockaddr_un($a))[0] : "none" }
      for my $path ("s", "/t/absolute", "../t/other") { socket S, AF_UNIX, SOCK_STREAM, 0; bind S, sockaddr_un($path) or print "$!\n"; bind S, sockaddr_un("again") or print "$!\n"; listen S, 1; print at(getsockname S), " ", at(getpeername S), "\n";
        socket C, AF_UNIX, SOCK_STREAM, 0; connect C, sockaddr_un($path) or print "$!\n"; print at(getsockname C), " ", at(getpeername C), "\n"; accept A, S; print at(getsockname A), " ", at(getpeername A), "\n"; connect C, sockaddr_un($path) or print "$!\n"; close C; close A; close S }'`,
  'further names of files of others':
    'ln /readable a; ln /unreadable b; ln /t/none c; touch own; chmod 4711 own; ln own e; ln /tmp/root f; ln own /etc/g; ln own e',
  'another root': `perl -e 'for ("/t", "/none", "/closed", "/readable") { chroot $_ or print "$!\n" }'; touch f`,
  'files without a name': `perl -e 'my ($dot, $empty, $name, $other, $file) = (".", "", "named", "other", "/readable"); for (020200002, 020200202) { my $fd = syscall 257, -100, $dot, $_, 0640; print $fd < 0 ? "$!\n" : "open\n"; syscall(265, $fd, $empty, -100, $name, 0x1000) < 0 and print "$!\n"; my $path = "/proc/self/fd/$fd"; syscall(265, -100, $path, -100, $other, 0x400) < 0 and print "$!\n" } syscall(257, -100, $file, 020200002, 0600) < 0 and print "$!\n"'`,
  programs:
    '/readable; cp /bin/true t; chmod 644 t; ./t; chmod 755 t; ./t; echo $?; perl -e \'print -x "/readable" ? 1 : 0, -w "/tmp" ? 1 : 0, -r "/closed" ? 1 : 0\'',
}
