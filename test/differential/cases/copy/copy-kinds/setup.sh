mkdir d; mkfifo -m 600 d/pipe; : > d/empty; mkdir d/none; echo x > d/x; chmod 0 d/x
