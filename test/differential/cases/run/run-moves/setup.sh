mkdir -p d/s d/a/deep; echo f > d/f; echo x > d/s/x; echo y > d/a/deep/y
