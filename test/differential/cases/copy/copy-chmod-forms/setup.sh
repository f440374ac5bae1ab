mkdir -p d/s; echo f > d/f; echo x > d/x; chmod 751 d/x; echo y > d/s/y
