mkdir t; echo t > t/t; tar --numeric-owner --mtime=@1500000000 --owner=0 --group=0 -cf a.tar t; rm -r t
