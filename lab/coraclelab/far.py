# SPDX-License-Identifier: BSD-2-Clause
"""A second network in dom0, for guests that pass packets on.

    dom0 10.0.2.1 -- xenbr0 -- [guest] -- BRIDGE -- NAME0 | NAME1

What dom0 sends to itself never leaves it, so the other side must be another
machine, as far as the network is concerned: a network namespace, which is what
containers are made of. NAME1 is its only card. A program runs in it if its
command begins with NAME:

    far iperf -s

There is another command, `listening PORT...`, in both: it waits until somebody
listens on these TCP ports. A server that was started is no server yet.
"""

MAC = "02:00:00:00:00:77"

LISTENING = r"""#!/bin/sh
for port; do
    who=$(printf ':%04X 0*:0000 0A' "$port")
    tries=0
    until grep -q "$who" /proc/net/tcp /proc/net/tcp6; do
        tries=$((tries + 1))
        [ $tries -lt 1000 ] || { echo "nobody has port $port"; exit 1; }
        sleep 0.1
    done
done
"""


def commands(name, bridge, addresses=()):
    """Shell commands that make it, where xenbr0 is. addresses: those of its
    card, as `ip address add` takes them."""
    added = "".join(f"ip -n {name} address add {address} dev {name}1\n"
                    for address in addresses)
    return f"""
modprobe veth
# Bridges take an address from their ports, and all vifs have the same.
ip link set xenbr0 address 02:00:00:00:00:02
ip link add {bridge} address 02:00:00:00:00:01 type bridge
ip link set {bridge} up
ip netns add {name}
ip link add {name}0 type veth peer name {name}1 netns {name}
ip link set {name}0 master {bridge} up
ip -n {name} link set {name}1 address {MAC}
{added}ip -n {name} link set {name}1 up
ip -n {name} link set lo up
cat > /usr/bin/{name} <<'END'
#!/bin/sh
exec nsenter --net=/run/netns/{name} "$@"
END
cat > /usr/bin/listening <<'END'
{LISTENING}END
chmod +x /usr/bin/{name} /usr/bin/listening
"""
