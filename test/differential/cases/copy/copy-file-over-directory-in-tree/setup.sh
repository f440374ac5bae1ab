mkdir t; echo f > t/home
