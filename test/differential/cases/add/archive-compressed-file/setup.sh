echo f > f; gzip -nc f > f.gz; xz -c f > f.xz
