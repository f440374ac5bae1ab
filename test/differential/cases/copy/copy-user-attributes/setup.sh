echo f > f; setfattr -n user.note -v hello f; mkdir d; setfattr -n user.note -v dir d
