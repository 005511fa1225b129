"""The running emulator, from the environment (../README.md)."""

import contextlib
import hashlib
import json
import os
import urllib.request

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError


def _required(name):
    # Fail and do not skip, so that a run without tests does not pass.
    value = os.environ.get(name)
    assert value, f"{name} is not set: start this suite with ../run boto3"
    return value


API = _required("COSEMU_API")  # host:port
CONSOLE = _required("COSEMU_CONSOLE")
BUCKET = _required("COSEMU_BUCKET")
REGION = _required("COSEMU_REGION")
KEY = {
    "aws_access_key_id": _required("COSEMU_SECRET_ID"),
    "aws_secret_access_key": _required("COSEMU_SECRET_KEY"),
}
TEMPORARY = {
    "aws_access_key_id": _required("COSEMU_TEMP_SECRET_ID"),
    "aws_secret_access_key": _required("COSEMU_TEMP_SECRET_KEY"),
    "aws_session_token": _required("COSEMU_TEMP_TOKEN"),
}
PROXY = {"http": f"http://{API}", "https": f"http://{API}"}

V4 = {"signature_version": "s3v4"}
V2 = {"signature_version": "s3"}
# Both signatures, at the two places of a bucket.
WAYS = pytest.mark.parametrize(
    ("version", "style"),
    [(V4, "virtual"), (V4, "path"), (V2, "virtual"), (V2, "path")],
    ids=["V4-virtual", "V4-path", "V2-virtual", "V2-path"],
)


def s3(version=V4, style="virtual", key=KEY, scheme="http", verify=None, **config):
    """A client with the hosts of COS, which has the emulator as its proxy.

    Its checksums are set as COS needs it, unless config sets them.
    """
    config = {
        "request_checksum_calculation": "when_required",
        "retries": {"max_attempts": 1},
        "s3": {"addressing_style": style},
        "proxies": PROXY,
        **version,
        **config,
    }
    return boto3.client(
        "s3", region_name=REGION, endpoint_url=f"{scheme}://cos.{REGION}.myqcloud.com", verify=verify,
        config=Config(**config), **key,
    )  # fmt: skip


# Reads what is stored. To make a client takes boto3 longer than a request.
reader = s3()


def content(seed, size):
    """size bytes made from seed."""
    return hashlib.shake_256(repr(seed).encode()).digest(size)


def etag(body):
    """The ETag of a body that is uploaded in one request."""
    return f'"{hashlib.md5(body).hexdigest()}"'


def stored(key, body):
    """Checks that the content of key is exactly body."""
    got = reader.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    assert got == body, f"{key}: sent {len(body)} bytes, got {len(got)}"


def not_stored(key):
    """Checks that a refused upload stored nothing."""
    with pytest.raises(ClientError) as caught:
        reader.head_object(Bucket=BUCKET, Key=key)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


@contextlib.contextmanager
def refused(status, code, finding=None):
    """Expects the client to raise an error with this status and code."""
    with pytest.raises(ClientError) as caught:
        yield
    answer = caught.value.response
    assert answer["Error"]["Code"] == code, caught.value
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
    assert answer["ResponseMetadata"]["RequestId"]
    if finding is not None:
        assert answer["ResponseMetadata"]["HTTPHeaders"]["x-cosemu-diagnosis"] == finding


def _control(method, path, body=None):
    request = urllib.request.Request(
        f"http://{CONSOLE}/api/v1/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or b"null")


@contextlib.contextmanager
def clock(offset):
    """Moves the emulator's clock (offset as "2h", "-20m") while the body runs."""
    _control("PUT", "clock", {"offset": offset})
    try:
        yield
    finally:
        _control("DELETE", "clock")
