mkdir -p t/etc t/new; echo x > t/etc/extra; echo y > t/new/y; chmod 700 t/new
