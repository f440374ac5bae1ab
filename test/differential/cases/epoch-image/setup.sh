echo f > f; echo o > old; touch -d @1000 old
