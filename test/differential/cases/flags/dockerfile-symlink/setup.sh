mkdir sub; printf 'FROM scratch\nLABEL a=b\n' > sub/real; rm -f Dockerfile; ln -s sub/real Dockerfile
