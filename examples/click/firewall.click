// firewall.click: a stateless firewall in a wire. Inside (eth0) may do all;
// from outside (eth1) come answers, and what the rules allow.

FromDevice(eth0) -> ToDevice(eth1);

FromDevice(eth1)
    -> kind :: Classifier(12/0806, 12/0800, -)
    -> inside :: ToDevice(eth0);

kind[1]
    -> CheckIPHeader(OFFSET 14)
    -> rules :: IPFilter(
        1 src net 10.66.0.0/16,                   // never heard of
        allow icmp type echo or icmp type echo-reply,
        allow icmp type 3 or icmp type 11,        // unreachable, time exceeded
        allow tcp opt ack,                        // answers
        allow dst tcp port 22 or dst tcp port 80 or dst tcp port 443,
        allow dst tcp port 5001,                  // iperf
        allow src udp port 53,
        1 all)                                    // denied: output 1
    -> passed :: Counter
    -> inside;

rules[1] -> denied :: Counter -> Discard;
kind[2] -> Discard;
