echo x > home; tar --numeric-owner --mtime=@1500000000 --owner=0 --group=0 -cf a.tar home; rm home
