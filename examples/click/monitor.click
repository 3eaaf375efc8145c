// monitor.click: a wire that knows who talks to whom: read monitor.table or
// monitor.top.

monitor :: FlowMonitor(4096);

FromDevice(eth0) -> Paint(0) -> frame :: Classifier(12/0800, -);
FromDevice(eth1) -> Paint(1) -> frame;

frame -> CheckIPHeader(OFFSET 14) -> monitor -> way :: PaintSwitch;
frame[1] -> way;
way[0] -> ToDevice(eth1);
way[1] -> ToDevice(eth0);
