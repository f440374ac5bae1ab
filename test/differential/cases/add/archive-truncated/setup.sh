head -c 100000 /dev/zero > f; tar -cf a.tar f; gzip -n a.tar; head -c 100 a.tar.gz > b; mv b a.tar.gz; rm f
