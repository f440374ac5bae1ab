mkdir d; echo x > d/x; touch -d @1000 d/x
