"""Uploads in parts, through the SDK's own flows."""

import pytest
from endpoint import BUCKET, content, etag, not_stored, refused, sdk, stored

MIB = 1 << 20


@pytest.fixture
def sent(monkeypatch):
    """The part numbers that all clients send."""
    numbers = []

    def record(client):
        upload_part = client.upload_part

        def recorded(*args, **kwargs):
            numbers.append(args[3] if len(args) > 3 else kwargs["PartNumber"])
            return upload_part(*args, **kwargs)

        monkeypatch.setattr(client, "upload_part", recorded)
        return client, numbers

    return record


def test_upload_file(tmp_path, sent):
    key = "python/upload_file/对象 a+b"
    body = content(key, 25 * MIB + 7)
    file = tmp_path / "body"
    file.write_bytes(body)
    client, numbers = sent(sdk())
    done = client.upload_file(
        Bucket=BUCKET,
        Key=key,
        LocalFilePath=str(file),
        PartSize=1,
        MAXThread=5,
        EnableMD5=True,
        ContentType="video/mp4",
        Metadata={"x-cos-meta-run": "7 of 9"},
    )
    assert done["ETag"].strip('"').endswith("-26")
    assert done["x-cos-hash-crc64ecma"].isdigit()
    assert sorted(numbers) == list(range(1, 27))
    head = client.head_object(Bucket=BUCKET, Key=key)
    assert head["ETag"] == done["ETag"]
    assert head["Content-Type"] == "video/mp4"
    assert head["x-cos-meta-run"] == "7 of 9"
    stored(key, body)

    down = tmp_path / "down"
    client.download_file(Bucket=BUCKET, Key=key, DestFilePath=str(down), PartSize=3, MAXThread=3, EnableCRC=True)
    assert down.read_bytes() == body


def test_resumed(tmp_path, sent):
    key = "python/resumed"
    body = content(key, 6 * MIB)
    file = tmp_path / "body"
    file.write_bytes(body)
    upload = sdk().create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
    for number in (5, 2):
        sdk().upload_part(BUCKET, key, body[(number - 1) * MIB : number * MIB], number, upload)
    client, numbers = sent(sdk())
    client.upload_file(Bucket=BUCKET, Key=key, LocalFilePath=str(file), PartSize=1, MAXThread=3)
    assert sorted(numbers) == [1, 3, 4, 6]
    stored(key, body)
    with refused(404, "NoSuchUpload"):
        sdk().list_parts(BUCKET, key, upload)


def test_parts():
    client = sdk()
    key = "python/parts/a b"
    upload = client.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
    bodies = [content(1, MIB - 1), content(2, 10)]
    parts = []
    for number, body in enumerate(bodies, 1):
        part = client.upload_part(BUCKET, key, body, number, upload)
        assert part["ETag"] == etag(body)
        parts.append({"PartNumber": number, "ETag": part["ETag"]})
    page = client.list_parts(BUCKET, key, upload, MaxParts=1)
    assert page["IsTruncated"] == "true"
    assert page["NextPartNumberMarker"] == "1"
    assert [(p["PartNumber"], p["ETag"], p["Size"]) for p in page["Part"]] == [("1", etag(bodies[0]), str(MIB - 1))]
    uploads = client.list_multipart_uploads(BUCKET, Prefix="python/parts/")
    assert [(u["Key"], u["UploadId"]) for u in uploads["Upload"]] == [(key, upload)]

    def complete(chosen):
        return client.complete_multipart_upload(BUCKET, key, upload, {"Part": chosen})

    with refused(400, "EntityTooSmall"):
        complete(parts)
    with refused(400, "InvalidPartOrder"):
        complete(parts[::-1])
    with refused(400, "InvalidPart"):
        complete([{**parts[0], "ETag": parts[1]["ETag"]}])
    with refused(404, "NoSuchUpload"):
        client.upload_part(BUCKET, key, b"x", 1, upload + "0")
    not_stored(key)

    done = complete(parts[:1])
    assert complete(parts[:1])["ETag"] == done["ETag"]  # its answer might have been lost
    stored(key, bodies[0])

    left = client.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
    client.abort_multipart_upload(BUCKET, key, left)
    with refused(404, "NoSuchUpload"):
        client.abort_multipart_upload(BUCKET, key, left)
    assert "Upload" not in client.list_multipart_uploads(BUCKET, Prefix="python/parts/")
