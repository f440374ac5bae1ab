mkdir -p d/s/t; echo a > d/a; echo x > d/s/x; echo y > d/s/t/y
