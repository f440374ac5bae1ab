printf value > secret.txt
