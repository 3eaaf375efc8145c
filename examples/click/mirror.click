// mirror.click: a wire between eth0 and eth1, and a copy of all that passes out
// of eth2, for a machine that looks at it.

FromDevice(eth0) -> up :: Tee -> ToDevice(eth1);
FromDevice(eth1) -> down :: Tee -> ToDevice(eth0);

up[1] -> copies :: ToDevice(eth2);
down[1] -> copies;
