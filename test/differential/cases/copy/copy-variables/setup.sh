mkdir d; echo f > d/f; echo l > "\$NAME"
