echo f > f; tar --numeric-owner --mtime=@1500000000 --owner=0 --group=0 -P --transform=s,f,../../up, -cf a.tar f; rm f
