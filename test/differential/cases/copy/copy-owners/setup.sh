mkdir d; echo f > d/f; chown -R 1234:5678 d
