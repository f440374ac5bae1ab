mkdir -p sub real; echo f > real/f; ln -s ../real sub/link
