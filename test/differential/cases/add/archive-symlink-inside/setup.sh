mkdir r; ln -s /etc a; ln -s r in; echo f > r/f; tar --numeric-owner --mtime=@1500000000 --owner=0 --group=0 -cf a.tar a r in; rm -r a r in
