mkdir -p dir s; echo f > dir/f; ln -s dir/f file-link; ln -s dir dir-link; ln -s f dir/fl; ln -s ../dir s/d; ln -s d s/g; echo p > s/plain
