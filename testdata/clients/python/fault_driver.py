"""Does what its caller asks for with the Python SDK as its documentation sets it up.

The caller plans the faults, and counts what the SDK sends. Each line has an
operation, a key and a size; the answer to it is ok or the error.
"""

import os
import socket
import tempfile

from qcloud_cos import CosConfig, CosS3Client

env = os.environ
bucket = env["COSEMU_BUCKET"]
client = CosS3Client(
    CosConfig(
        Region=env["COSEMU_REGION"],
        SecretId=env["COSEMU_SECRET_ID"],
        SecretKey=env["COSEMU_SECRET_KEY"],
        Scheme="http",
        Proxies={"http": f"http://{env['COSEMU_API']}"},
    )
)


def put(key, body):
    client.put_object(Bucket=bucket, Key=key, Body=body)


def get(key, body):
    if client.get_object(Bucket=bucket, Key=key)["Body"].get_raw_stream().read() != body:
        raise ValueError("changed unnoticed")


def head(key, _):
    client.head_object(Bucket=bucket, Key=key)


def list_(key, _):
    client.list_objects(Bucket=bucket, Prefix=key)


def upload(key, body):
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        client.upload_file(Bucket=bucket, Key=key, LocalFilePath=file.name, PartSize=1, MAXThread=1)


operations = {"put": put, "get": get, "head": head, "list": list_, "upload": upload}
host, port = env["COSEMU_FAULT_CALLER"].split(":")
with socket.create_connection((host, int(port))) as caller:
    for line in caller.makefile("r"):
        operation, key, size = line.split()
        answer = "ok"
        try:
            operations[operation](key, b"c" * int(size))
        except Exception as error:  # whatever the SDK raises is what is asked for
            answer = " ".join(f"{type(error).__name__} {error}".split())
        caller.sendall(f"{answer}\n".encode())
