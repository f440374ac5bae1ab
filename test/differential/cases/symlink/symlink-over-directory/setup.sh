mkdir -p t; ln -s somewhere t/dir
