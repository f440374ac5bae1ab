echo p > prog; chmod 755 prog; setcap cap_net_bind_service+ep prog; tar --numeric-owner --xattrs --xattrs-include=security.capability -cf archive.tar prog; rm prog
