for n in 1 2; do mkdir d$n; echo $n > d$n/f; tar --numeric-owner --mtime=@1500000000 --owner=0 --group=0 -cf $n.tar d$n; rm -r d$n; done; echo p > plain.txt
