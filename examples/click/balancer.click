// balancer.click: a load balancer. Connections to the service's address at
// eth0 go to one server behind eth1 after the other, and stay there; servers
// see the clients' own addresses, and route back through here.
//
// Parameters: IP0, the service; IP1; PORT; SERVER1, SERVER2; FLOWS, how many
// connections there may be.

define($IP0 10.0.2.50, $IP1 10.0.3.1, $PORT 80, $FLOWS 4096,
       $SERVER1 10.0.3.77, $SERVER2 10.0.3.78);

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

clients :: Ether(0, $IP0, $MAC0);
servers :: Ether(1, $IP1, $MAC1);

turns :: RoundRobinIPMapper(
    - - $SERVER1 - 0 1,
    - - $SERVER2 - 0 1);
rewriter :: IPRewriter(turns, drop, MAPPING_CAPACITY $FLOWS);

clients -> way :: IPClassifier(dst host $IP0 and dst tcp port $PORT,
                               dst host $IP0 and icmp type echo, -);
way[0] -> rewriter -> servers;
way[1] -> ICMPPingResponder -> GetIPAddress(16) -> clients;
way[2] -> Discard;

servers -> back :: IPClassifier(tcp, dst host $IP1 and icmp type echo, -);
back[0] -> [1]rewriter[1] -> clients;
back[1] -> ICMPPingResponder -> GetIPAddress(16) -> servers;
back[2] -> Discard;
