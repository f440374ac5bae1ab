mkdir -p t/d/sub t/empty; echo f > t/d/f; echo s > t/d/sub/s; chmod 700 t/d/sub; ln -s f t/d/l; ln t/d/f t/d/h; chmod 600 t/d/sub/s
touch -d '2011-11-11 11:11:11' t/d/f t/d/sub/s t/d/sub t/d t/empty; touch -h -d '2011-11-11 11:11:11' t/d/l; chown -R 1000:1001 t/d/sub
cd t; tar --numeric-owner -cf ../a.tar d empty; cd ..; rm -r t
