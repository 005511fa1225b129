"""The acceleration host, by the SDK's Endpoint, before and after the bucket has acceleration."""

import pytest
import requests
from endpoint import API, BUCKET, HOST, content, etag, not_stored, refused, sdk, signer, stored
from qcloud_cos import CosS3Auth

KEY = "python/accelerated/对象 a+b"
ENDPOINT = "cos.accelerate.myqcloud.com"
OFF = (400, "BucketAccelerateNotEnabled")
NEVER = (400, "ActionAccelerateNotSupported")


@pytest.fixture
def fast():
    return sdk(Endpoint=ENDPOINT)


def _set(status):
    # This SDK has no call for it, but can sign requests of the package requests.
    answer = requests.put(
        f"http://{API}/?accelerate",
        data=f"<AccelerateConfiguration><Status>{status}</Status></AccelerateConfiguration>",
        headers={"Host": HOST},
        auth=CosS3Auth(signer().get_conf(), "/", {"accelerate": ""}),
        timeout=30,
    )
    assert answer.status_code == 200, answer.text


@pytest.fixture
def enabled():
    _set("Enabled")
    try:
        yield
    finally:
        _set("Suspended")


def _never(fast):
    with refused(*NEVER):
        fast.delete_object(Bucket=BUCKET, Key=KEY)
    with refused(*NEVER):
        fast.list_objects(Bucket=BUCKET)
    with refused(*NEVER):
        fast.delete_objects(Bucket=BUCKET, Delete={"Object": [{"Key": KEY}]})


def _put_signed(body):
    host = f"{BUCKET}.{ENDPOINT}"
    url = signer(Endpoint=ENDPOINT).get_presigned_url(Method="PUT", Bucket=BUCKET, Key=KEY)
    assert url.startswith(f"http://{host}/")
    return requests.put(url.replace(host, API, 1), data=body, headers={"Host": host}, timeout=30)


def test_off(fast):
    with refused(*OFF):
        fast.put_object(Bucket=BUCKET, Key=KEY, Body=b"off")
    with refused(*OFF):
        fast.create_multipart_upload(Bucket=BUCKET, Key=KEY)
    assert _put_signed(b"off").status_code == 400
    not_stored(KEY)
    _never(fast)


@pytest.mark.usefixtures("enabled")
def test_on(fast, tmp_path):
    body = content("on", 70_000)
    assert fast.put_object(Bucket=BUCKET, Key=KEY, Body=body)["ETag"] == etag(body)
    stored(KEY, body)
    assert fast.get_object(Bucket=BUCKET, Key=KEY)["Body"].get_raw_stream().read() == body
    _never(fast)
    stored(KEY, body)

    answer = _put_signed(b"signed")
    assert answer.status_code == 200, answer.text
    stored(KEY, b"signed")

    parts = content("parts", 2_500_000)
    file = tmp_path / "body"
    file.write_bytes(parts)
    fast.upload_file(Bucket=BUCKET, Key=KEY, LocalFilePath=str(file), PartSize=1, MAXThread=2)
    stored(KEY, parts)
