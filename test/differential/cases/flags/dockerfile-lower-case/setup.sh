printf 'FROM scratch\nLABEL a=b\n' > dockerfile; rm -f Dockerfile
