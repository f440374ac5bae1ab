mkdir real; echo f > real/f; ln -s real link; ln -s real/f file; printf "real\nDockerfile\n.dockerignore\n" > .dockerignore
