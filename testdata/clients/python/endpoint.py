"""The running emulator, from the environment (../README.md)."""

import contextlib
import hashlib
import json
import os
import urllib.parse
import urllib.request

import pytest
from qcloud_cos import CosConfig, CosS3Client, CosServiceError


def _required(name):
    # Fail and do not skip, so that a run without tests does not pass.
    value = os.environ.get(name)
    assert value, f"{name} is not set: start this suite with ../run python"
    return value


API = _required("COSEMU_API")  # host:port
CONSOLE = _required("COSEMU_CONSOLE")
BUCKET = _required("COSEMU_BUCKET")
REGION = _required("COSEMU_REGION")
KEY = {"SecretId": _required("COSEMU_SECRET_ID"), "SecretKey": _required("COSEMU_SECRET_KEY")}
TEMPORARY = {
    "SecretId": _required("COSEMU_TEMP_SECRET_ID"),
    "SecretKey": _required("COSEMU_TEMP_SECRET_KEY"),
    "Token": _required("COSEMU_TEMP_TOKEN"),
}
HOST = f"{BUCKET}.cos.{REGION}.myqcloud.com"


def sdk(address=API, retry=3, **options):
    """A client that connects to the emulator's address and keeps the COS hosts."""
    ip, port = address.split(":")
    config = {"Region": REGION, "Scheme": "http", "IP": ip, "Port": int(port), **KEY, **options}
    return CosS3Client(CosConfig(**config), retry=retry)


def signer(**options):
    """A client that signs URLs with COS hosts."""
    return CosS3Client(CosConfig(**{"Region": REGION, "Scheme": "http", **KEY, **options}))


def proxied(**options):
    """A client that has the emulator as its HTTP proxy for all COS hosts."""
    return signer(Proxies={"http": f"http://{API}"}, **options)


def aimed(url):
    """url with the emulator's address; the sender adds the Host header HOST."""
    assert url.startswith(f"http://{HOST}/"), url
    return url.replace(HOST, API, 1)


def content(seed, size):
    """size bytes made from seed."""
    return hashlib.shake_256(repr(seed).encode()).digest(size)


def etag(body):
    """The ETag of a body that is uploaded in one request."""
    return f'"{hashlib.md5(body).hexdigest()}"'


def stored(key, body):
    """Checks that the content of key is exactly body."""
    got = sdk().get_object(BUCKET, key)["Body"].get_raw_stream().read()
    assert got == body, f"{key}: sent {len(body)} bytes, got {len(got)}"


def not_stored(key):
    """Checks that a refused upload stored nothing."""
    with pytest.raises(CosServiceError) as caught:
        sdk().head_object(BUCKET, key)
    assert caught.value.get_status_code() == 404


@contextlib.contextmanager
def refused(status, code, message=None):
    """Expects the SDK to raise the COS error with this status and code."""
    with pytest.raises(CosServiceError) as caught:
        yield caught
    error = caught.value
    assert error.get_status_code() == status, error
    assert error.get_error_code() == code, error
    assert error.get_request_id(), error
    if message is not None:
        assert error.get_error_msg() == message


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


def journal(count=1, **filters):
    """The latest requests in the journal, oldest first.

    The filters (key, method, verdict, after ...) are those of the control API.
    An entry is added after its answer, so this waits until there are count of
    them.
    """
    query = urllib.parse.urlencode({"count": count, **filters})
    return _control("GET", f"requests/wait?{query}")["requests"][::-1]


def latest():
    """The seq of the newest request, for the filter after."""
    return _control("GET", "requests?limit=1&brief=true")["last"]
