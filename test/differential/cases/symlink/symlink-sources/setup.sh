mkdir -p dir/sub; echo f > dir/f; ln -s f dir/inside; ln -s dir/f file-link; ln -s dir dir-link; ln -s file-link chain; ln -s ../../dir/f dir/sub/up; ln -s dir/sub/up up
