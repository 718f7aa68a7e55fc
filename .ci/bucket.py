#!/usr/bin/env python3
"""A survey in a bucket of moto's S3 server, and a table that is too large for one request.

usage: .ci/bucket.py UNGIL LIST ROWS

The server listens on the loopback and holds everything in memory. What a shard, its resumption and a merge leave in the
bucket is held against the same in folders, byte by byte. ROWS is a file of rows, of which the large table is made under
new names.
"""

import json
import logging
import os
import pathlib
import subprocess
import sys
import tempfile

import boto3
from moto.server import ThreadedMotoServer

ungil, listed, rows = sys.argv[1:]
# A line per request is not what one reads this for.
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
server.start()
_, port = server.get_host_and_port()
endpoint = f"http://127.0.0.1:{port}"
access = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": "us-east-1"}
os.environ.update(access, AWS_DEFAULT_REGION="us-east-1", AWS_ENDPOINT_URL=endpoint, NO_PROXY="127.0.0.1")
s3 = boto3.client("s3", endpoint_url=endpoint)
s3.create_bucket(Bucket="surveys")
place = pathlib.Path(tempfile.mkdtemp())


def run(*args, codes=(0,)):
    done = subprocess.run([ungil, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode not in codes:
        raise SystemExit(f"{args}: {done.returncode}\n{done.stderr.decode()}")
    return done


def keys(prefix=""):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket="surveys", Prefix=prefix)
    return [one["Key"] for page in pages for one in page.get("Contents", [])]


def body(key):
    return s3.get_object(Bucket="surveys", Key=key)["Body"].read()


# Two shards in the bucket, the second of them gone on with; the same in folders.
store = ["--store", "s3://surveys/some/where"]
options = ["--run", "r", "--quiet", "--no-past", "--no-sources", "--incomplete-ok"]
for shard in ["1/2", "2/2"]:
    run("survey", listed, *store, *options, "--shard", shard)
again = run("survey", listed, *store, *options, "--shard", "2/2", "--resume").stderr.decode()
assert "0 rows written" in again and " 0 requests" in again, again
run("survey", listed, "--out", place / "out", *options, "--cache-dir", place / "cache")
whole = run("merge", place / "out").stdout
assert whole and run("merge", *store).stdout == whole, "the bucket and the folder differ"
second = run("survey", listed, *store, "--run", "s", *options[2:]).stderr.decode()
print("again from the bucket's cache:", second.splitlines()[0])

# A table of more than two parts.
most = 40 << 20
with open(rows, encoding="utf-8") as file:
    known = [json.loads(line) for line in file]
large, size, count = place / "large.jsonl", 0, 0
with open(large, "w", encoding="utf-8") as file:
    while size < most:
        for row in known:
            row["name"] = f"copy-{count}"
            count += 1
            size += file.write(json.dumps(row) + "\n")
here = run("merge", large).stdout
assert len(here) > most
run("merge", large, "--output", "s3://surveys/large/table.jsonl")
assert body("large/table.jsonl") == here, "parts were lost, doubled or put in another order"
etag = s3.head_object(Bucket="surveys", Key="large/table.jsonl")["ETag"].strip('"')
assert etag.endswith(f"-{-(-len(here) // (16 << 20))}"), f"{etag} is not of as many parts as there are"
assert not s3.list_multipart_uploads(Bucket="surveys").get("Uploads"), "an upload was left open"
assert run("merge", "s3://surveys/large").stdout == here
print(f"{len(here)} bytes went up in parts ({etag}) and came back; {len(keys())} objects in all")
server.stop()
