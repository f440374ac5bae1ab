mkdir -p d/s; echo f > d/f; chmod 640 d/f; ln -s f d/l; ln d/f d/h; echo x > d/s/x; chmod 700 d/s
