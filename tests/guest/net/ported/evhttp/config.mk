# The test puts libevent's source beside main.c; see tests/guest/net/test_ported.py.
COMPONENTS = netfront lwip
APP_SOURCES = $(addprefix libevent/,buffer.c bufferevent.c \
    bufferevent_filter.c bufferevent_pair.c bufferevent_ratelim.c \
    bufferevent_sock.c epoll.c evdns.c event.c evmap.c evrpc.c \
    event_tagging.c evthread.c evthread_pthread.c evutil.c evutil_rand.c \
    evutil_time.c http.c listener.c log.c poll.c select.c signal.c)
APP_CFLAGS = -D_GNU_SOURCE -I$(APP_DIR) -I$(APP_DIR)/libevent/include \
    -I$(APP_DIR)/libevent -w
