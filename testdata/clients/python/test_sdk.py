"""The SDK's own calls, signed in the Authorization header."""

import email.utils
import io
import time

import pytest
from endpoint import BUCKET, KEY, REGION, TEMPORARY, clock, content, etag, not_stored, refused, sdk, stored

KEYS = [
    "simple.bin",
    "python/object/nested.bin",
    "python/对象 and a+b&c=d;e%20f!'()*.bin",
    "python//double//slash",
    "python/dots/../kept/./as sent",
]


@pytest.mark.parametrize("key", KEYS)
def test_object(key):
    client = sdk()
    body = content(key, 300_000)
    put = client.put_object(
        Bucket=BUCKET,
        Key=key,
        Body=body,
        ContentType="text/x-log; charset=utf-8",
        ContentDisposition='attachment; filename="a b.log"',
        Metadata={"x-cos-meta-run": "7 of 9"},
    )
    assert put["ETag"] == etag(body)
    assert put["x-cos-hash-crc64ecma"].isdigit()

    head = client.head_object(Bucket=BUCKET, Key=key)
    assert head["ETag"] == etag(body)
    assert head["Content-Length"] == str(len(body))
    assert head["Content-Type"] == "text/x-log; charset=utf-8"
    assert head["Content-Disposition"] == 'attachment; filename="a b.log"'
    assert head["x-cos-meta-run"] == "7 of 9"
    assert head["x-cos-hash-crc64ecma"] == put["x-cos-hash-crc64ecma"]
    stored(key, body)

    part = client.get_object(Bucket=BUCKET, Key=key, Range="bytes=100-199")
    assert part["Content-Range"] == f"bytes 100-199/{len(body)}"
    assert part["Body"].get_raw_stream().read() == body[100:200]

    client.delete_object(Bucket=BUCKET, Key=key)
    not_stored(key)
    with refused(404, "NoSuchKey", "The specified key does not exist."):
        client.get_object(Bucket=BUCKET, Key=key)


def test_object_exists():
    client = sdk()
    assert not client.object_exists(BUCKET, "python/exists")
    client.put_object(Bucket=BUCKET, Key="python/exists", Body=b"")
    assert client.object_exists(BUCKET, "python/exists")
    stored("python/exists", b"")


def test_file_and_content_md5():
    client = sdk()
    body = content("file", 1_000_003)
    put = client.put_object(Bucket=BUCKET, Key="python/file", Body=io.BytesIO(body), EnableMD5=True)
    assert put["ETag"] == etag(body)
    stored("python/file", body)
    with refused(400, "BadDigest"):
        client.put_object(Bucket=BUCKET, Key="python/md5", Body=b"hello", ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg==")
    not_stored("python/md5")


def test_chunked():
    """A generator has no length. The SDK signs its Transfer-Encoding."""
    body = content("chunked", 1_000_003)

    def pieces():
        for i in range(0, len(body), 70_000):
            yield body[i : i + 70_000]

    put = sdk().put_object(Bucket=BUCKET, Key="python/chunked", Body=pieces())
    assert put["ETag"] == etag(body)
    stored("python/chunked", body)


def test_list():
    client = sdk()
    keys = ["a", "b/1", "b/2", "b&b", "c d+e", "中"]
    keys = sorted((f"python list+/{k}" for k in keys), key=lambda k: k.encode())
    for key in keys:
        client.put_object(Bucket=BUCKET, Key=key, Body=key.encode())

    seen, marker = [], ""
    for _ in keys:
        page = client.list_objects(Bucket=BUCKET, Prefix="python list+/", Marker=marker, MaxKeys=2)
        assert page["Name"] == BUCKET
        seen += page["Contents"]
        if page["IsTruncated"] == "false":
            break
        marker = page["NextMarker"]
    assert [o["Key"] for o in seen] == keys
    assert [o["ETag"] for o in seen] == [etag(k.encode()) for k in keys]

    folders = client.list_objects(Bucket=BUCKET, Prefix="python list+/", Delimiter="/")
    assert [p["Prefix"] for p in folders["CommonPrefixes"]] == ["python list+/b/"]
    assert len(folders["Contents"]) == len(keys) - 2


def test_buckets():
    client = sdk()
    client.head_bucket(BUCKET)
    with refused(404, "NoSuchBucket"):
        client.put_object(Bucket="absent-" + BUCKET.rsplit("-", 1)[1], Key="k", Body=b"v")


def test_wrong_secret():
    key = "python/wrong-secret"
    wrong = sdk(SecretKey=KEY["SecretKey"] + "x")
    with refused(403, "SignatureDoesNotMatch", "The Signature you specified is invalid.") as caught:
        wrong.put_object(Bucket=BUCKET, Key=key, Body=b"no")
    assert caught.value.get_resource_location() == "/" + key
    assert caught.value.get_trace_id()
    assert f"<FormatString>put\n/{key}\n\n" in caught.value.get_origin_msg()
    not_stored(key)

    sdk().put_object(Bucket=BUCKET, Key=key, Body=b"yes")
    for body in (b"again no", content("large no", 4_000_000)):
        with refused(403, "SignatureDoesNotMatch"):
            wrong.put_object(Bucket=BUCKET, Key=key, Body=body)
    # HEAD has no body: the code comes in a header.
    with refused(403, "SignatureDoesNotMatch"):
        wrong.head_object(Bucket=BUCKET, Key=key)
    stored(key, b"yes")


def test_temporary_key():
    key = "python/temporary"
    for token in ("", TEMPORARY["Token"] + "x"):
        with refused(403, "InvalidAccessKeyId"):
            sdk(**{**TEMPORARY, "Token": token}).put_object(Bucket=BUCKET, Key=key, Body=b"no")
        not_stored(key)
    sdk(**TEMPORARY).put_object(Bucket=BUCKET, Key=key, Body=b"yes")
    stored(key, b"yes")


@pytest.mark.parametrize(
    ("offset", "code", "message"),
    [("4h", "AccessDenied", "Request has expired"), ("-4h", "RequestTimeTooSkewed", None)],
)
def test_clock(offset, code, message):
    """The SDK signs for 10,000 s, so a clock four hours ahead or behind is refused."""
    key = "python/clock"
    client = sdk()
    with clock(offset):
        with refused(403, code, message):
            client.put_object(Bucket=BUCKET, Key=key, Body=b"no")
        with refused(403, code):
            client.head_object(Bucket=BUCKET, Key=key)
    not_stored(key)
    put = client.put_object(Bucket=BUCKET, Key=key, Body=b"yes")
    date = email.utils.parsedate_to_datetime(put["Date"]).timestamp()
    assert abs(date - time.time()) < 60
    stored(key, b"yes")
    client.delete_object(Bucket=BUCKET, Key=key)


def test_other_region():
    elsewhere = "ap-chengdu" if REGION != "ap-chengdu" else "ap-beijing"
    with refused(404, "NoSuchBucket"):
        sdk(Region=elsewhere).put_object(Bucket=BUCKET, Key="python/region", Body=b"no")
    not_stored("python/region")
    sdk().put_object(Bucket=BUCKET, Key="python/region", Body=b"yes")
    stored("python/region", b"yes")
