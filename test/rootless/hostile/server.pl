# UNIX sockets outside of a build, by path and by abstract name. Prints each that a step reaches.
# usage: server.pl CANARY-DIRECTORY
my ($outside) = @ARGV;
$| = 1;
my @sockets;
for my $name ("\0tsbuild:$outside", "$outside/../socket") {
  for my $type (1, 2) {
    next if $type == 2 && $name =~ m{^/};
    socket my $socket, 1, $type, 0;
    bind $socket, pack 'Sa*', 1, $name or die "bind: $!";
    listen $socket, 5 if $type == 1;
    push @sockets, [$socket, $type];
  }
}
while (1) {
  my $ready = '';
  vec($ready, fileno $_->[0], 1) = 1 for @sockets;
  select $ready, undef, undef, undef;
  for (@sockets) {
    my ($socket, $type) = @$_;
    next unless vec $ready, fileno $socket, 1;
    if ($type == 1) { accept my $client, $socket and print "a step has reached the server\n" }
    else { recv $socket, my $text, 100, 0; print "a step has $text\n" }
  }
}
