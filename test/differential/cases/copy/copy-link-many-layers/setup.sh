mkdir d; echo x > d/x; echo z > d/z
