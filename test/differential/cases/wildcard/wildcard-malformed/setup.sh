mkdir -p d e/x; for n in a1 a2 b1 c-d; do echo $n > $n.txt; done; echo s > "*star"; echo h > .hidden; echo q > d/q1; echo q > e/x/q2; echo b > "[b]"; echo w > "a b"
