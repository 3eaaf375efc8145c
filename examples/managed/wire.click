// wire.click: a wire whose counters and queue can be had by TCP port 7777.

ControlSocket(TCP, 7777);

FromDevice(eth0) -> up :: Counter -> q :: Queue(256) -> ToDevice(eth1);
FromDevice(eth1) -> down :: Counter -> ToDevice(eth0);
