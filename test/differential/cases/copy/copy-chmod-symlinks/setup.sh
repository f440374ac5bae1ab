mkdir d; echo f > d/f; ln -s f d/l
