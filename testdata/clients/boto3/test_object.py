"""The calls of boto3, signed in a header."""

import base64
import hashlib
import io
import urllib.request

import pytest
from boto3.s3.transfer import TransferConfig
from endpoint import BUCKET, CONSOLE, KEY, REGION, TEMPORARY, V2, V4, WAYS, content, etag, not_stored, refused, s3, stored

MIB = 1 << 20
KEYS = ["plain.bin", "nested/a b+c&d=e;f%20g.bin", "对象/ü?#%41.bin", "double//slash"]


@WAYS
@pytest.mark.parametrize("key", KEYS)
def test_object(version, style, key):
    client = s3(version, style)
    key = f"boto3/{version['signature_version']}/{style}/{key}"
    body = content(key, 300_000)
    put = client.put_object(
        Bucket=BUCKET, Key=key, Body=body, ContentType="text/x-log; charset=utf-8", Metadata={"run": "7 of 9"},
        StorageClass="STANDARD_IA",
    )  # fmt: skip
    assert put["ETag"] == etag(body)
    head = client.head_object(Bucket=BUCKET, Key=key)
    assert (head["ContentType"], head["Metadata"], head["StorageClass"], head["ContentLength"]) == (
        "text/x-log; charset=utf-8", {"run": "7 of 9"}, "STANDARD_IA", len(body),
    )  # fmt: skip
    assert client.get_object(Bucket=BUCKET, Key=key)["Body"].read() == body
    assert client.get_object(Bucket=BUCKET, Key=key, Range="bytes=10-19")["Body"].read() == body[10:20]
    client.copy_object(Bucket=BUCKET, Key=key + " copy", CopySource={"Bucket": BUCKET, "Key": key})
    stored(key + " copy", body)
    client.delete_object(Bucket=BUCKET, Key=key)
    not_stored(key)


@WAYS
def test_upload_file(version, style, tmp_path):
    key = f"boto3/{version['signature_version']}/{style}/file"
    body = content(key, 20 * MIB)
    (tmp_path / "file").write_bytes(body)
    client = s3(version, style)
    client.upload_file(str(tmp_path / "file"), BUCKET, key, ExtraArgs={"Metadata": {"run": "7"}})
    stored(key, body)
    head = client.head_object(Bucket=BUCKET, Key=key)
    assert head["ETag"].endswith('-3"'), "three parts of 8 MiB"
    assert head["Metadata"] == {"run": "7"}
    client.download_file(BUCKET, key, str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == body


@WAYS
def test_list_pages(version, style):
    client = s3(version, style)
    prefix = f"boto3-list/{version['signature_version']}/{style}/"
    keys = sorted(prefix + name for name in ("a", "b/1", "b/2", "b&b", "c d+e", "中"))
    for key in keys:
        client.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=BUCKET, Prefix=prefix, PaginationConfig={"PageSize": 2}
    )
    listed = [entry for page in pages for entry in page["Contents"]]
    assert [entry["Key"] for entry in listed] == keys
    assert [entry["ETag"] for entry in listed] == [etag(key.encode()) for key in keys]
    old = client.get_paginator("list_objects").paginate(Bucket=BUCKET, Prefix=prefix, PaginationConfig={"PageSize": 2})
    assert [entry["Key"] for page in old for entry in page["Contents"]] == keys
    folders = client.list_objects_v2(Bucket=BUCKET, Prefix=prefix, Delimiter="/")
    assert [entry["Prefix"] for entry in folders["CommonPrefixes"]] == [prefix + "b/"]


def add_content_md5(request, **_):
    """Puts in a Content-MD5, as boto3 did before 1.36."""
    body = request.body if isinstance(request.body, bytes) else request.body.encode()
    request.headers["Content-MD5"] = base64.b64encode(hashlib.md5(body).digest()).decode()


@WAYS
def test_delete_many(version, style):
    """COS wants Content-MD5; boto3 sends a CRC in its place. Nothing is deleted then."""
    client = s3(version, style)
    keys = [f"boto3-many/{version['signature_version']}/{style}/{name}" for name in ("1", "2 ü+&<")]
    for key in keys:
        client.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    delete = {"Objects": [{"Key": key} for key in keys]}
    with refused(400, "InvalidRequest", finding="aws-checksum"):
        client.delete_objects(Bucket=BUCKET, Delete=delete)
    for key in keys:
        stored(key, key.encode())
    client.meta.events.register("before-sign.s3.DeleteObjects", add_content_md5)
    done = client.delete_objects(Bucket=BUCKET, Delete=delete)
    assert sorted(entry["Key"] for entry in done["Deleted"]) == sorted(keys)
    for key in keys:
        not_stored(key)


def test_default_checksums(tmp_path):
    """Without the setting boto3 sends a checksum behind the body over https, which COS refuses."""
    with urllib.request.urlopen(f"http://{CONSOLE}/ca.pem", timeout=10) as answer:
        (tmp_path / "ca.pem").write_bytes(answer.read())
    ca = str(tmp_path / "ca.pem")
    default = {"scheme": "https", "verify": ca, "request_checksum_calculation": "when_supported"}
    body = content("checksums", 20 * MIB)
    with refused(411, "MissingContentLength", finding="aws-checksum"):
        s3(**default).put_object(Bucket=BUCKET, Key="boto3/trailer", Body=body)
    not_stored("boto3/trailer")
    with pytest.raises(Exception, match="MissingContentLength"):
        s3(**default).upload_fileobj(io.BytesIO(body), BUCKET, "boto3/trailer", Config=TransferConfig(use_threads=False))
    not_stored("boto3/trailer")

    s3(scheme="https", verify=ca).upload_fileobj(io.BytesIO(body), BUCKET, "boto3/trailer")
    stored("boto3/trailer", body)

    # Over http the default is a header, which COS passes over.
    s3(request_checksum_calculation="when_supported").put_object(Bucket=BUCKET, Key="boto3/checksum header", Body=body)
    stored("boto3/checksum header", body)


def test_bucket():
    name = "made-by-boto3-" + BUCKET.rsplit("-", 1)[1]
    client = s3()
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    assert client.get_bucket_location(Bucket=name)["LocationConstraint"] == REGION
    client.head_bucket(Bucket=name)
    assert name in [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]
    client.delete_bucket(Bucket=name)
    with refused(404, "NoSuchBucket"):
        client.get_bucket_location(Bucket=name)


@WAYS
def test_temporary_key(version, style):
    key = f"boto3/temporary/{version['signature_version']}/{style}"
    for token in (None, TEMPORARY["aws_session_token"] + "x"):
        with refused(403, "InvalidAccessKeyId"):
            s3(version, style, {**TEMPORARY, "aws_session_token": token}).put_object(Bucket=BUCKET, Key=key, Body=b"no")
        not_stored(key)
    s3(version, style, TEMPORARY).put_object(Bucket=BUCKET, Key=key, Body=b"yes")
    stored(key, b"yes")


def _header(name, value):
    def spoil(request, **_):
        request.headers[name] = value

    return spoil


def _replace(old, new):
    def spoil(request, **_):
        said = request.headers["Authorization"]
        said = said.decode() if isinstance(said, bytes) else said
        assert old in said
        request.headers["Authorization"] = said.replace(old, new)

    return spoil


def _url(addition):
    def spoil(request, **_):
        request.url += addition

    return spoil


def _method(request, **_):
    request.method = "DELETE"


def _body(request, **_):
    request.body = b"forged"  # of the same length


MISMATCH = (403, "SignatureDoesNotMatch")
UNSIGNED = (403, "AccessDenied")
SPOILED = {
    "signature V4": (_replace("Signature=", "Signature=0"), MISMATCH, None),
    "signature V2": (_replace(KEY["aws_access_key_id"] + ":", KEY["aws_access_key_id"] + ":A"), None, MISMATCH),
    "key": (_url("x"), MISMATCH, MISMATCH),
    "method": (_method, MISMATCH, MISMATCH),
    "metadata": (_header("x-amz-meta-run", "8"), UNSIGNED, MISMATCH),
    "COS's ACL": (_header("x-cos-acl", "public-read"), UNSIGNED, UNSIGNED),
    "parameter": (_url("?response-content-type=a"), MISMATCH, MISMATCH),
    "key id": (
        _replace(KEY["aws_access_key_id"], "AKIDnobodyHasThis0000000000000000000"),
        (403, "InvalidAccessKeyId"),
        (403, "InvalidAccessKeyId"),
    ),
    "body": (_body, (400, "XAmzContentSHA256Mismatch"), (400, "BadDigest")),
}


@pytest.mark.parametrize("style", ["virtual", "path"])
@pytest.mark.parametrize("what", SPOILED)
def test_refused(what, style):
    """Changes what boto3 signed, on its way. The request as it was signed is stored beside it."""
    spoil, by_v4, by_v2 = SPOILED[what]
    for version, wanted in ((V4, by_v4), (V2, by_v2)):
        if wanted is None:
            continue
        key = f"boto3/refused/{what}/{version['signature_version']}/{style}"
        call = {"Bucket": BUCKET, "Key": key, "Body": b"signed"}
        call["ContentMD5"] = base64.b64encode(hashlib.md5(b"signed").digest()).decode()
        client = s3(version, style)
        client.meta.events.register("before-send.s3.PutObject", spoil)
        with refused(*wanted):
            client.put_object(**call)
        not_stored(key)
        not_stored(key + "x")
        client.meta.events.unregister("before-send.s3.PutObject", spoil)
        client.put_object(**call)
        stored(key, b"signed")


@WAYS
def test_wrong_secret(version, style):
    key = f"boto3/wrong secret/{version['signature_version']}/{style}"
    wrong = {**KEY, "aws_secret_access_key": KEY["aws_secret_access_key"] + "x"}
    with refused(403, "SignatureDoesNotMatch"):
        s3(version, style, wrong).put_object(Bucket=BUCKET, Key=key, Body=b"no")
    not_stored(key)
    s3(version, style).put_object(Bucket=BUCKET, Key=key, Body=b"yes")
    stored(key, b"yes")
