mkdir d; echo f > d/f; tar --hard-dereference --numeric-owner --mtime=@1500000000 --owner=0 --group=0 --exclude=./a.tar --exclude=./Dockerfile -cf a.tar ./d . ; rm -r d
