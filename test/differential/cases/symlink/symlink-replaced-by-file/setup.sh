mkdir -p t; echo x > t/f
