mkdir -p t/d; echo x > t/d/x
