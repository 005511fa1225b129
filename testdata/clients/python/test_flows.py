"""Interrupted transfers that are resumed, and copies."""

import urllib.parse

import pytest
from endpoint import BUCKET, HOST, REGION, content, journal, latest, not_stored, proxied, refused, sdk, stored
from network import brittle
from qcloud_cos import CosClientError

MIB = 1 << 20
ELSEWHERE = "ap-beijing" if REGION != "ap-beijing" else "ap-chengdu"


def parts(entries):
    """The part numbers of the requests."""
    return sorted(int(urllib.parse.parse_qs(e["request"]["query"])["partNumber"][0]) for e in entries)


def test_upload_file_cut_off(tmp_path):
    """The second try sends only the parts that the first one did not send."""
    key = "python/flows/cut off"
    body = content(key, 25 * MIB)
    file = tmp_path / "body"
    file.write_bytes(body)
    upload = {"Bucket": BUCKET, "Key": key, "LocalFilePath": str(file), "PartSize": 1, "MAXThread": 3}
    with brittle(int(12.5 * MIB)) as address, pytest.raises(CosClientError, match="please upload_file again"):
        sdk(address, retry=0).upload_file(**upload)
    short = journal(key=key, verdict="refused")[0]
    assert (short["operation"], short["code"]) == ("UploadPart", "IncompleteBody")
    not_stored(key)

    after = latest()
    sdk().upload_file(**upload)
    stored(key, body)
    sent = journal(key=key, method="PUT", verdict="accepted", count=25)
    assert parts(sent) == list(range(1, 26)), "each part went over once"
    assert 0 < len([e for e in sent if e["seq"] > after]) < 25
    posts = journal(key=key, method="POST", count=2)
    assert [e["operation"] for e in posts] == ["InitiateMultipartUpload", "CompleteMultipartUpload"]


def test_download_file_cut_off(tmp_path):
    """The second try fetches only the ranges that the first one did not get."""
    key = "python/flows/download"
    body = content(key, 25 * MIB)
    sdk().put_object(Bucket=BUCKET, Key=key, Body=body)
    down = tmp_path / "down"
    download = {
        "Bucket": BUCKET, "Key": key, "DestFilePath": str(down), "PartSize": 2, "MAXThread": 3, "EnableCRC": True,
        "DumpRecordDir": str(tmp_path / "record"),
    }  # fmt: skip
    with brittle(12 * MIB) as address, pytest.raises(CosClientError, match="please download_file again"):
        sdk(address, retry=0).download_file(**download)
    assert not down.exists()

    after = latest()
    sdk().download_file(**download)
    assert down.read_bytes() == body
    fetched = journal(key=key, method="GET", after=after)
    ranges = {e["request"]["headers"]["Range"][0] for e in fetched}
    assert 0 < len(ranges) == len(fetched) < 13
    assert {e["status"] for e in fetched} == {206}


def source(key, **more):
    return {"Bucket": BUCKET, "Key": key, "Region": REGION, **more}


def test_copy():
    """Through the proxy, since the SDK requests the size from the COS host of the source."""
    client = proxied()
    body = content("copy", 3 * MIB)
    client.put_object(Bucket=BUCKET, Key="python/flows/源 a+b", Body=body, ContentType="video/mp4", Metadata={"x-cos-meta-run": "7"})
    client.copy(Bucket=BUCKET, Key="python/flows/copied", CopySource=source("python/flows/源 a+b"))
    stored("python/flows/copied", body)
    head = client.head_object(Bucket=BUCKET, Key="python/flows/copied")
    assert (head["Content-Type"], head["x-cos-meta-run"]) == ("video/mp4", "7")

    client.copy(
        Bucket=BUCKET, Key="python/flows/replaced", CopySource=source("python/flows/源 a+b"),
        CopyStatus="Replaced", ContentType="text/plain", Metadata={"x-cos-meta-other": "8"},
    )  # fmt: skip
    stored("python/flows/replaced", body)
    head = client.head_object(Bucket=BUCKET, Key="python/flows/replaced")
    assert (head["Content-Type"], head["x-cos-meta-other"]) == ("text/plain", "8")
    assert "x-cos-meta-run" not in head

    with refused(404, "NoSuchKey"):
        client.copy_object(Bucket=BUCKET, Key="python/flows/none", CopySource=source("python/flows/absent"))
    with refused(412, "PreconditionFailed"):
        client.copy_object(
            Bucket=BUCKET, Key="python/flows/none", CopySource=source("python/flows/copied"), CopySourceIfMatch='"other"'
        )
    not_stored("python/flows/none")


def test_copy_in_parts():
    """The SDK copies objects of another region in parts, from 5 GiB on or from a given size."""
    name = "python-copies-" + BUCKET.rsplit("-", 1)[1]
    there = proxied(Region=ELSEWHERE)
    there._conf.set_copy_part_threshold_size(5 * MIB)
    body = content("copy in parts", 25 * MIB + 5)
    sdk().put_object(Bucket=BUCKET, Key="python/flows/far", Body=body)
    there.create_bucket(Bucket=name)
    try:
        done = there.copy(Bucket=name, Key="far", CopySource=source("python/flows/far"), PartSize=4, MAXThread=3)
        assert done["ETag"].strip('"').endswith("-7")
        assert there.get_object(name, "far")["Body"].get_raw_stream().read() == body
        copied = journal(bucket=name, key="far", method="PUT", count=7)
        assert {e["operation"] for e in copied} == {"UploadPartCopy"}
        assert {e["request"]["headers"]["X-Cos-Copy-Source"][0] for e in copied} == {f"{HOST}/python/flows/far"}
        there.delete_object(name, "far")
    finally:
        there.delete_bucket(name)
