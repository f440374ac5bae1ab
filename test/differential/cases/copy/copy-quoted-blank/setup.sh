mkdir d; echo 4 > "d/quo te"
