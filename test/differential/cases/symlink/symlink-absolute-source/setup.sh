mkdir tree; echo t > target; ln -s /target abs; ln -s /etc/passwd tree/passwd; ln -s /target tree/t
