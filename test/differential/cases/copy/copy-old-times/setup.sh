mkdir d; echo x > d/old; touch -d '1971-02-03 04:05:06' d/old; echo y > d/epoch; touch -d @0 d/epoch; touch -d '2001-01-01 00:00:00' d; ln -s old d/l; touch -h -d '1999-09-09 00:00:00' d/l
