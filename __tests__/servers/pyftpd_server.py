"""pyftpdlib as a program: one account, one folder, and the TLS modes of the test harness."""

import argparse
import logging
import os

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import ActiveDTP, FTPHandler, TLS_FTPHandler
from pyftpdlib.servers import FTPServer

parser = argparse.ArgumentParser()
parser.add_argument("--host", required=True)
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--passive", required=True, help="FIRST-LAST")
parser.add_argument("--root", required=True)
parser.add_argument("--user", required=True)
parser.add_argument("--password", required=True)
parser.add_argument("--mode", choices=["plain", "tls", "tls-implicit"], default="plain")
parser.add_argument("--certificate", help="PEM file with the key and the certificate")
parser.add_argument("--tls-version", choices=["1.2", "1.3"])
args = parser.parse_args()


class ForgottenConnector(ActiveDTP):
    """Gives up its descriptor with the connection it made.

    The library's keeps it until the session ends and then takes the descriptor, which another
    session may have by now, out of the poller: that session is never answered again.
    """

    def handle_connect(self):
        super().handle_connect()
        if self.cmd_channel.data_channel is not None:
            self.cmd_channel._dtp_connector = None


class ExplicitHandler(TLS_FTPHandler):
    certfile = args.certificate


class ImplicitHandler(TLS_FTPHandler):
    """The library knows AUTH TLS only: here the handshake comes before the greeting."""

    certfile = args.certificate

    def handle(self):
        self.secure_connection(self.ssl_context)

    def handle_ssl_established(self):
        FTPHandler.handle(self)

    def ftp_AUTH(self, line):
        self.respond("550 Not with implicit TLS.")


handler = {"plain": FTPHandler, "tls": ExplicitHandler, "tls-implicit": ImplicitHandler}[args.mode]

if args.mode != "plain":
    # Made here, while the process may still read the key.
    context = handler.get_ssl_context()
    handler.ssl_context = context
    if args.tls_version:
        from OpenSSL import SSL

        version = {"1.2": SSL.TLS1_2_VERSION, "1.3": SSL.TLS1_3_VERSION}[args.tls_version]
        context.set_min_proto_version(version)
        context.set_max_proto_version(version)

# Nobody here serves files as root: a refusal for want of permission must be one.
if os.getuid() == 0:
    owner = os.stat(args.root)
    os.setgroups([])
    os.setgid(owner.st_gid)
    os.setuid(owner.st_uid)
os.umask(0o022)

authorizer = DummyAuthorizer()
authorizer.add_user(args.user, args.password, args.root, perm="elradfmwMT")
first, last = map(int, args.passive.split("-"))
handler.authorizer = authorizer
handler.active_dtp = ForgottenConnector
handler.passive_ports = range(first, last + 1)
handler.timeout = 600
# The default waits before the 530 so as to slow down guessing.
handler.auth_failed_timeout = 0
logging.basicConfig(level=logging.DEBUG)

server = FTPServer((args.host, args.port), handler, backlog=100)
server.max_cons = 1000
server.max_cons_per_ip = 0
server.serve_forever()
