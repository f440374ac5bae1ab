ln -s gone gone-link
