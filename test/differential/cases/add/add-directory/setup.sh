mkdir -p d/s; echo f > d/f; echo x > d/s/x
