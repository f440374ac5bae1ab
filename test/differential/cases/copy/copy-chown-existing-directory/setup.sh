echo f > f; mkdir -p d/app; echo x > d/app/x
