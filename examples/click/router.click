// router.click: an IP router between two networks, as in RFC 1812: it answers
// ARP and pings, counts the time to live down, fragments, and sends errors.
//
// Parameters: IP0 and IP1, its addresses (from the xl configuration), NET0 and
// NET1, the networks behind eth0 and eth1.

define($IP0 10.0.2.50, $NET0 10.0.2.0/24, $IP1 10.0.3.1, $NET1 10.0.3.0/24);

routes :: StaticIPLookup(
    $IP0/32 0, $IP1/32 0,
    $NET0 1, $NET1 2);

// One side: packets that come in go to the routes, from output 0; those for
// this side's network come in by input 0.
elementclass Port { $number, $ip, $mac |
    from :: FromDevice($number)
        -> kind :: Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800, -);
    to :: ToDevice($number);
    arp :: ARPQuerier($ip, $mac) -> to;

    kind[0] -> ARPResponder($ip $mac) -> to;
    kind[1] -> [1]arp;
    kind[2] -> Paint($number) -> Strip(14)
        -> CheckIPHeader -> GetIPAddress(16) -> output;
    kind[3] -> Discard;

    input
        -> DropBroadcasts
        -> redirect :: PaintTee($number)
        -> options :: IPGWOptions($ip)
        -> FixIPSrc($ip)
        -> ttl :: DecIPTTL
        -> size :: IPFragmenter(1500)
        -> arp;

    // What is wrong with a packet goes back to who sent it.
    redirect[1] -> ICMPError($ip, redirect, host) -> output;
    options[1] -> ICMPError($ip, parameterproblem) -> output;
    ttl[1] -> ICMPError($ip, timeexceeded) -> output;
    size[1] -> ICMPError($ip, unreachable, needfrag) -> output;
};

port0 :: Port(0, $IP0, $MAC0);
port1 :: Port(1, $IP1, $MAC1);

port0 -> routes;
port1 -> routes;
routes[1] -> port0;
routes[2] -> port1;

// For the router itself: pings.
routes[0] -> ping :: IPClassifier(icmp type echo, -)
    -> ICMPPingResponder -> GetIPAddress(16) -> routes;
ping[1] -> Discard;
