"""relay.py HOST PORT MS: a slow link to the FTP server on a port of this machine, MS milliseconds each way.

Prints the port that it listens on. At the end of its input it waits until both ends of all connections are
gone, and prints what was said, as JSON (`Trace` in relay.ts). It stands in the control connection and, by
changing the ports in the replies to PASV and EPSV, in the data connections.

TCP's handshake is the kernel's, and done at once. What it costs on a slow link is added where it makes
the same difference: the server sees a connection one and a half round trips after the client began
it, which is when the third part of the handshake would have come. All is acknowledged at once: a server
that holds a reply until the one before it is acknowledged (Nagle's algorithm, a round trip) is not seen.
"""
import heapq
import itertools
import json
import re
import select
import socket
import sys
import time

host, port, one_way = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]) / 1000
EXTENDED = re.compile(rb"^(229 .*\(\|\|\|)(\d+)(\|\).*)$", re.S)
OLD = re.compile(rb"^(227 .*?\d+,\d+,\d+,\d+,)(\d+),(\d+)(.*)$", re.S)

timers = []
order = itertools.count()
reading = {}  # socket -> what to call when it can be read
traces = []


def now():
    return time.monotonic() * 1000


def at(due, call, *args):
    heapq.heappush(timers, (due, next(order), call, args))


def tune(sock):
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def listen():
    listener = socket.socket()
    listener.bind((host, 0))
    listener.listen(16)
    return listener


class Passage:
    """One direction: what comes in goes out after the delay, in its order."""

    def __init__(self, sent=None, rewrite=None, got=None):
        self.sent, self.rewrite, self.got = sent, rewrite, got
        self.target, self.held, self.ended = None, [], False

    def source(self, sock):
        reading[sock] = lambda: self.read(sock)

    def read(self, sock):
        try:
            data = sock.recv(65536)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)  # the kernel forgets it
        except OSError:
            data = b""
        if data:
            if self.sent:
                self.sent(data)
            if self.rewrite:
                data = self.rewrite(data)
        else:
            del reading[sock]
        at(time.monotonic() + one_way, self.arrive, data or None)

    def arrive(self, data):
        self.held.append(data)
        if self.target:
            self.deliver()

    def to(self, sock):
        self.target = sock
        self.deliver()

    def deliver(self):
        for data in self.held:
            try:
                if data is None:
                    self.ended = True
                    self.target.shutdown(socket.SHUT_WR)
                else:
                    if self.got:
                        self.got(data)
                    self.target.sendall(data)
            except OSError:
                pass  # whoever is gone needs nothing any more
        self.held.clear()


class Joint:
    """The two directions of a connection, from the moment in which the client began it."""

    open = 0

    def __init__(self, client, server_port, there, back):
        Joint.open += 1
        self.client, self.server, self.there, self.back = client, None, there, back
        tune(client)
        there.source(client)
        back.to(client)
        at(time.monotonic() + 3 * one_way, self.connect, server_port)
        self.watch()

    def connect(self, server_port):
        self.server = socket.create_connection((host, server_port))
        tune(self.server)
        self.back.source(self.server)
        self.there.to(self.server)

    def watch(self):
        if self.there.ended and self.back.ended:
            self.client.close()
            self.server.close()
            Joint.open -= 1
        else:
            at(time.monotonic() + one_way, self.watch)


def begin_control(listener):
    client, _ = listener.accept()
    trace = {"begun": now(), "sayings": [], "connections": 0, "firstByte": None}
    traces.append(trace)

    def say(who):
        def add(data):
            trace["sayings"].append({"from": who, "text": data.decode("latin-1"), "at": now()})

        return add

    def rewrite(data):
        return b"".join(open_data(line, trace) for line in data.splitlines(keepends=True))

    Joint(client, port, Passage(sent=say("client")), Passage(rewrite=rewrite, got=say("server")))


def open_data(line, trace):
    """A 227 or 229 with a port of ours instead of the server's; other lines as they are."""
    extended, old = EXTENDED.match(line), OLD.match(line)
    if not extended and not old:
        return line
    theirs = int(extended[2]) if extended else int(old[2]) * 256 + int(old[3])
    listener = listen()
    ours = listener.getsockname()[1]

    def begin():
        client, _ = listener.accept()
        del reading[listener]
        listener.close()
        trace["connections"] += 1
        Joint(client, theirs, Passage(), Passage(got=first_byte))

    def first_byte(_data):
        trace["firstByte"] = trace["firstByte"] or now()

    reading[listener] = begin
    if extended:
        return extended[1] + str(ours).encode() + extended[3]
    return old[1] + f"{ours >> 8},{ours & 255}".encode() + old[4]


control = listen()
reading[control] = lambda: begin_control(control)
finishing = []
reading[sys.stdin] = lambda: finishing.append(reading.pop(sys.stdin))
print(control.getsockname()[1], flush=True)
while not finishing or Joint.open > 0:
    wait = max(0, timers[0][0] - time.monotonic()) if timers else None
    for ready in select.select(list(reading), [], [], wait)[0]:
        if ready in reading:
            reading[ready]()
    while timers and timers[0][0] <= time.monotonic():
        _, _, call, args = heapq.heappop(timers)
        call(*args)
json.dump(traces, sys.stdout)
