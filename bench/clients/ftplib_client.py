"""Python's ftplib, doing one job: see job.js. Written for speed where its user has the choice."""
import ftplib
import io
import json
import ssl
import sys

job = json.loads(sys.argv[1])
server = job["server"]
way = job["way"]
blocksize = 256 * 1024 if "256 KiB" in way else 8192


def connect():
    if "ca" in server:
        context = ssl.create_default_context(cadata=server["ca"])
        ftp = ftplib.FTP_TLS(context=context)
    else:
        ftp = ftplib.FTP()
    ftp.connect(server["host"], server["port"])
    ftp.login(server["user"], server["password"])
    if "ca" in server:
        ftp.prot_p()
    return ftp


class Counter:
    bytes = 0

    def take(self, block):
        self.bytes += len(block)


def get(ftp):
    if "to" in job:
        with open(job["to"], "wb", buffering=0 if blocksize > 65536 else -1) as file:
            ftp.retrbinary("RETR " + job["path"], file.write, blocksize)
        return {"bytes": None}
    counter = Counter()
    ftp.retrbinary("RETR " + job["path"], counter.take, blocksize)
    return {"bytes": counter.bytes}


def put(ftp):
    with open(job["from"], "rb", buffering=0 if blocksize > 65536 else -1) as file:
        ftp.storbinary("STOR " + job["path"], file, blocksize)
    return {"bytes": None}


def getMany(ftp):
    counter = Counter()
    for path in job["paths"]:
        ftp.retrbinary("RETR " + path, counter.take)
    return {"bytes": counter.bytes}


def putMany(ftp):
    text = b"small file "
    content = (text * (job["size"] // len(text) + 1))[: job["size"]]
    for path in job["paths"]:
        ftp.storbinary("STOR " + path, io.BytesIO(content))
    return {"bytes": None}


def noop(ftp):
    for _ in range(job["count"]):
        ftp.voidcmd("NOOP")
    return {"bytes": None}


def list_(ftp):
    lines = []
    ftp.retrlines("LIST " + job["path"], lines.append)
    return {"entries": len(lines)}


ftp = connect()
jobs = {"get": get, "put": put, "getMany": getMany, "putMany": putMany, "noop": noop, "list": list_}
result = jobs[job["name"]](ftp)
ftp.quit()
print(json.dumps(result))
