mkdir d dd; echo f > f; echo x > d/x; echo y > dd/y; tar --numeric-owner --mtime=@1500000000 --owner=0 --group=0 -cf a.tar dd; rm -r dd
