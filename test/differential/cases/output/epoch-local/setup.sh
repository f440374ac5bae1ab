mkdir d; echo local > d/x; touch -d @1000 d/x
