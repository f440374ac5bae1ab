mkdir -p t/s; echo n > t/new; ln -s ../new t/s/up; ln t/new t/hard; tar --numeric-owner --mtime=@1500000000 --owner=0 --group=0 --sort=name -cf a.tar t; rm -r t
