mkdir -p d/s; for n in f g h; do echo $n > d/$n; done; ln -s f d/l
