mkdir -p a/b; echo x > a/b/x; chmod 700 a; tar --numeric-owner --mtime=@1500000000 --owner=0 --group=0 --no-recursion -cf a.tar a/b/x; rm -r a
