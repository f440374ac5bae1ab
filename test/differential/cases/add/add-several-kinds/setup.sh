mkdir d; echo d > d/d; echo f > f.txt; echo g > g.txt; mkdir t; echo t > t/t; tar --numeric-owner --mtime=@1500000000 --owner=0 --group=0 -cf a.tar t; rm -r t
