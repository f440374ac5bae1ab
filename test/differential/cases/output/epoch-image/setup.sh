echo f > f; echo image > old; touch -d @1000 old
