mkdir d; echo x > d/x; echo g > g; tar --numeric-owner --mtime=@1500000000 --owner=0 --group=0 -cf a.tar d/x g; rm -r d g
