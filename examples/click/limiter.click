// limiter.click: a wire that lets through no more than RATE bytes a second each
// way. What is too much waits, up to 200 packets, then is dropped.

define($RATE 1MBps);

FromDevice(eth0) -> up :: Queue(200) -> BandwidthShaper($RATE)
    -> ToDevice(eth1, BURST 8);
FromDevice(eth1) -> down :: Queue(200) -> BandwidthShaper($RATE)
    -> ToDevice(eth0, BURST 8);
