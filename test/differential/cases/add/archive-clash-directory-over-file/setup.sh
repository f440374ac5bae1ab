mkdir -p etc/passwd; echo x > etc/passwd/x; tar --numeric-owner --mtime=@1500000000 --owner=0 --group=0 -cf a.tar etc; rm -r etc
