echo p > prog; chmod 755 prog; setcap cap_net_bind_service+ep prog; mkdir d; cp prog d/p; setcap cap_net_raw+p d/p
