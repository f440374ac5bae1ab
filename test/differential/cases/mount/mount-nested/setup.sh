mkdir -p d/n; echo x > d/x; echo y > d/n/y
