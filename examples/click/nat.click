// nat.click: network address translation. The machines behind eth0 share the
// address of eth1; pings work, and errors about their packets find them.
//
// Parameters: IP0, IP1; FLOWS, how many there may be (5 MiB hold over 10000
// when all is quiet).

define($IP0 10.0.2.50, $IP1 10.0.3.1, $FLOWS 4096);

elementclass Ether { $device, $ip, $mac |
    FromDevice($device)
        -> kind :: Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800, -);
    to :: ToDevice($device);
    arp :: ARPQuerier($ip, $mac) -> to;
    kind[0] -> ARPResponder($ip $mac) -> to;
    kind[1] -> [1]arp;
    kind[2] -> Strip(14) -> CheckIPHeader -> output;
    kind[3] -> Discard;
    input -> DecIPTTL -> arp;
};

inside :: Ether(0, $IP0, $MAC0);
outside :: Ether(1, $IP1, $MAC1);

rewriter :: IPRewriter(pattern $IP1 1024-65535 - - 0 1, drop,
                       MAPPING_CAPACITY $FLOWS);
pings :: ICMPPingRewriter(pattern $IP1 - 0-65535 0 1, drop,
                          MAPPING_CAPACITY rewriter);
errors :: ICMPRewriter(rewriter pings);

// Out: to the router itself, or rewritten.
inside
    -> way :: IPClassifier(dst host $IP0, tcp or udp, icmp type echo, -);
way[0] -> IPClassifier(icmp type echo) -> ICMPPingResponder
    -> GetIPAddress(16) -> inside;
way[1] -> GetIPAddress(16) -> rewriter -> outside;
way[2] -> GetIPAddress(16) -> pings -> outside;
way[3] -> Discard;

// Back: replies, errors about what went out, pings to the router itself.
outside
    -> back :: IPClassifier(tcp or udp, icmp type echo-reply,
                            icmp type echo and dst host $IP1, icmp, -);
back[0] -> [1]rewriter[1] -> inside;
back[1] -> [1]pings[1] -> inside;
back[2] -> ICMPPingResponder -> GetIPAddress(16) -> outside;
back[3] -> errors -> inside;
back[4] -> Discard;
