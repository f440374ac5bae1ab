mkdir d; echo scratch > d/x; echo y > y; tar --numeric-owner --mtime=@1800000000 --owner=0 --group=0 -cf a.tar y; rm y
