// dns.click: a filter of DNS queries in a wire. Who asks, behind eth0, for one
// of these names, or one below, is told that there is no such name.

FromDevice(eth0)
    -> kind :: Classifier(12/0800, -)
    -> CheckIPHeader(OFFSET 14)
    -> filter :: DNSFilter(ads.test, tracker.example)
    -> outside :: ToDevice(eth1);
kind[1] -> outside;

FromDevice(eth1) -> inside :: ToDevice(eth0);
filter[1] -> DNSDeny -> inside;
