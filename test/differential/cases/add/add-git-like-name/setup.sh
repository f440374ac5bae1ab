mkdir repo.git; echo f > repo.git/f
