mkdir d; mkfifo d/p; mknod d/c c 1 3; mknod d/b b 7 1; chmod 4755 d; chmod 6711 d/p; tar --numeric-owner --mtime=@1500000000 --owner=0 --group=0 -cf a.tar d; rm -r d
