mkdir -p t/etc/passwd; echo x > t/etc/passwd/x
