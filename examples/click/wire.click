// wire.click: what comes in at one interface goes out at the other.

FromDevice(eth0) -> ToDevice(eth1);
FromDevice(eth1) -> ToDevice(eth0);
