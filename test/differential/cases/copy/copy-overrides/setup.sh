mkdir -p a/s b/s; echo 1 > a/f; echo 2 > b/f; echo 3 > a/s/x; echo 4 > b/s/y; chmod 600 b/f; chmod 700 b/s
