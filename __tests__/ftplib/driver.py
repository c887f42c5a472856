"""Runs calls on ftplib: reads one JSON object per line from stdin, writes one per line to stdout.

A line contains either the calls of one case,
{"host", "port", "timeout", "encoding", "calls": [[name, ...], ...]},
or a batch of calls of parse functions, {"parse": [[name, text], ...]}.
"""

import ftplib
import io
import json
import sys


def as_text(text):
    return text if isinstance(text, str) else str(text)


def failure(error):
    text = as_text(error.args[0]) if error.args else ''
    return {'error': type(error).__name__, 'text': text}


def latin1(blocks):
    return b''.join(blocks).decode('latin1')


class Calls:
    """ftplib's methods, with results that JSON can carry."""

    def __init__(self, case):
        self.case = case
        self.delivered = None
        self.ftp = ftplib.FTP(timeout=case['timeout'] / 1000, encoding=case['encoding'])

    def run(self, name, args):
        self.delivered = None
        try:
            own = getattr(self, 'do_' + name, None)
            value = own(*args) if own else getattr(self.ftp, name)(*args)
            return {'value': value}
        except Exception as error:
            result = failure(error)
            if self.delivered is not None:
                result['delivered'] = self.delivered()
            return result

    def do_connect(self):
        return self.ftp.connect(self.case['host'], self.case['port'])

    def do_get(self, name):
        return getattr(self.ftp, name)

    def do_set(self, name, value):
        setattr(self.ftp, name, value)

    def do_retrbinary(self, cmd, blocksize=8192, rest=None):
        blocks = []
        self.delivered = lambda: latin1(blocks)
        reply = self.ftp.retrbinary(cmd, blocks.append, blocksize, rest)
        fits = all(0 < len(block) <= blocksize for block in blocks)
        return {'reply': reply, 'data': latin1(blocks), 'fits': fits}

    def do_retrlines(self, cmd):
        lines = []
        self.delivered = lambda: lines
        return {'reply': self.ftp.retrlines(cmd, lines.append), 'lines': lines}

    def do_dir(self, *args):
        lines = []
        self.delivered = lambda: lines
        self.ftp.dir(*args, lines.append)
        return lines

    def do_mlsd(self, *args):
        return [[name, facts] for name, facts in self.ftp.mlsd(*args)]

    def do_storbinary(self, cmd, text, blocksize=8192, rest=None):
        blocks = []
        source = io.BytesIO(text.encode('latin1'))
        reply = self.ftp.storbinary(cmd, source, blocksize, blocks.append, rest)
        return {'reply': reply, 'blocks': [len(block) for block in blocks]}

    def do_storbinary_of(self, cmd, source):
        return self.ftp.storbinary(cmd, source)

    def do_storlines(self, cmd, text):
        return {'reply': self.ftp.storlines(cmd, io.BytesIO(text.encode('latin1')))}

    def do_storlines_called(self, cmd, text):
        lines = []
        self.ftp.storlines(cmd, io.BytesIO(text.encode('latin1')), lines.append)
        return [line.decode('latin1') for line in lines]

    def do_transfercmd(self, cmd, rest=None):
        return self.received(self.ftp.transfercmd(cmd, rest), None)

    def do_ntransfercmd(self, cmd, rest=None):
        return self.received(*self.ftp.ntransfercmd(cmd, rest))

    def received(self, connection, size):
        blocks = []
        self.delivered = lambda: latin1(blocks)
        with connection:
            while block := connection.recv(8192):
                blocks.append(block)
        self.ftp.voidresp()
        return {'size': size, 'data': latin1(blocks)}

    def do_transfercmd_stor(self, cmd, text, rest=None):
        with self.ftp.transfercmd(cmd, rest) as connection:
            connection.sendall(text.encode('latin1'))
        self.ftp.voidresp()

    def do_abort_during(self, cmd):
        with self.ftp.transfercmd(cmd) as connection:
            connection.recv(1)
        return self.ftp.abort()


PEER = ('127.0.0.1', 21)


def parsed(name, text):
    function = getattr(ftplib, name)
    try:
        return {'value': function(text, PEER) if name == 'parse229' else function(text)}
    except Exception as error:
        return failure(error)


def answer(line):
    case = json.loads(line)
    if 'parse' in case:
        return [parsed(*call) for call in case['parse']]
    calls = Calls(case)
    outcomes = [calls.run(name, args) for name, *args in case['calls']]
    calls.ftp.close()
    return outcomes


sys.stdout.reconfigure(encoding='utf-8')
print(json.dumps(sys.version.split()[0]), flush=True)
for line in sys.stdin:
    print(json.dumps(answer(line)), flush=True)
