mkdir d; echo tar > d/x; touch -d @1000 d/x
