mkdir sub; printf 'FROM scratch\nCOPY sub/x /x\n' > sub/My.Dockerfile; echo x > sub/x; rm -f Dockerfile
