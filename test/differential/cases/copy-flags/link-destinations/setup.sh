echo f > f; mkdir -p dir/inner; echo x > dir/x
