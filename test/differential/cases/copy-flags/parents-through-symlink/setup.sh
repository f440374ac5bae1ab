mkdir -p real/dir; echo f > real/dir/f; ln -s real/dir link
