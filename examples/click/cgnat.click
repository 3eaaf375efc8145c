// cgnat.click: carrier-grade NAT. Many subscribers behind eth0 share a few
// outer addresses; each subscriber stays with one of them, and may have as many
// flows as the table holds. The table and its failures are handlers:
// rewriter.size, rewriter.capacity, rewriter.mapping_failures.
//
// Parameters: IP0, IP1; POOL1 to POOL4, the outer addresses; FLOWS, how many
// there may be (5 MiB hold over 10000 when all is quiet).

define($IP0 10.0.2.50, $IP1 10.0.3.1, $FLOWS 4096,
       $POOL1 10.0.3.11, $POOL2 10.0.3.12, $POOL3 10.0.3.13, $POOL4 10.0.3.14);

elementclass Ether { $device, $mac, $ip, $own |
    FromDevice($device)
        -> kind :: Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800, -);
    to :: ToDevice($device);
    arp :: ARPQuerier($ip, $mac) -> to;
    kind[0] -> ARPResponder($own $mac) -> to;
    kind[1] -> [1]arp;
    kind[2] -> Strip(14) -> CheckIPHeader -> output;
    kind[3] -> Discard;
    input -> DecIPTTL -> arp;
};

inside :: Ether(0, $MAC0, $IP0, $IP0);
outside :: Ether(1, $MAC1, $IP1, $IP1 $POOL1 $POOL2 $POOL3 $POOL4);

// A subscriber's address decides on the outer one (consistent hashing).
pool :: SourceIPHashMapper(64 0x1b2c3d4e,
    $POOL1 1024-65535 - - 0 1 1,
    $POOL2 1024-65535 - - 0 1 2,
    $POOL3 1024-65535 - - 0 1 3,
    $POOL4 1024-65535 - - 0 1 4);
rewriter :: IPRewriter(pool, drop, MAPPING_CAPACITY $FLOWS, UDP_TIMEOUT 120,
                       TCP_NODATA_TIMEOUT 60);
pings :: ICMPPingRewriter(pattern $POOL1 - 0-65535 0 1, drop,
                          MAPPING_CAPACITY rewriter);

inside -> way :: IPClassifier(tcp or udp, icmp type echo, -);
way[0] -> GetIPAddress(16) -> rewriter -> outside;
way[1] -> GetIPAddress(16) -> pings -> outside;
way[2] -> Discard;

outside -> back :: IPClassifier(tcp or udp, icmp type echo-reply, icmp, -);
back[0] -> [1]rewriter[1] -> inside;
back[1] -> [1]pings[1] -> inside;
back[2] -> ICMPRewriter(rewriter pings) -> inside;
back[3] -> Discard;
