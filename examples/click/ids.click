// ids.click: an intrusion detector in a wire. A packet from outside (eth1) with
// one of these strings in its payload is reported and dropped.

FromDevice(eth0) -> ToDevice(eth1);

FromDevice(eth1)
    -> kind :: Classifier(12/0800, -)
    -> CheckIPHeader(OFFSET 14)
    -> signatures :: StringMatcher("/bin/sh", "../../etc/passwd",
                                   "X5O!P%@AP[4", "' OR '1'='1")
    -> inside :: ToDevice(eth0);

kind[1] -> inside;
signatures[1] -> alarms :: Counter
    -> IPPrint("intrusion", CONTENTS false) -> Discard;
