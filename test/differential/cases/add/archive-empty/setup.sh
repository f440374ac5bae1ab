tar -cf e.tar -T /dev/null; gzip -nc e.tar > g.tar.gz
