mkdir -p home/app tmp; echo x > home/app/x; chmod 711 home; tar --numeric-owner --mtime=@1500000000 --owner=0 --group=0 -cf a.tar home tmp; rm -r home tmp
