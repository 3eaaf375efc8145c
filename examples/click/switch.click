// switch.click: a learning Ethernet switch with three ports.

switch :: EtherSwitch;

FromDevice(eth0) -> [0]switch[0] -> ToDevice(eth0);
FromDevice(eth1) -> [1]switch[1] -> ToDevice(eth1);
FromDevice(eth2) -> [2]switch[2] -> ToDevice(eth2);
