mkdir -p home/app tmp; echo x > home/app/x; echo y > tmp/y; chmod 711 home; chmod 755 tmp
