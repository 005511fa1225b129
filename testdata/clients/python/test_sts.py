"""A temporary key from the official package, through the proxy, and what the SDK can do with it."""

import json

import pytest
from endpoint import BUCKET, clock, content, journal, latest, not_stored, refused, sdk, stored
from proxied import proxied

MIB = 1 << 20
PICTURES = {
    "numeric_less_than_equal": {"cos:content-length": MIB},
    "string_like": {"cos:content-type": "image/*"},
}
PARTS = ["InitiateMultipartUpload", "UploadPart", "ListParts", "CompleteMultipartUpload"]


@pytest.fixture
def temporary(tmp_path):
    """A client with a key for these actions on a prefix."""

    def issue(*actions, prefix="python/sts/*", condition=None):
        ask = {"bucket": BUCKET, "allow_prefix": prefix, "allow_actions": [f"name/cos:{a}" for a in actions]}
        if condition:
            ask["condition"] = condition
        (got,) = proxied(tmp_path, "sts_program.py", json.dumps(ask))
        assert "error" not in got, got
        assert got["expiredTime"] - got["startTime"] == 1800
        key = got["credentials"]
        return sdk(SecretId=key["tmpSecretId"], SecretKey=key["tmpSecretKey"], Token=key["sessionToken"])

    return issue


def denied(action, call, *args, **kwargs):
    """Checks that a call is refused because of the policy, and that the journal has the missing action."""
    after = latest()
    with refused(403, "AccessDenied"):
        call(*args, **kwargs)
    entry = journal(verdict="refused", after=after)[0]
    assert entry["diagnosis"][0] == "policy-denied", entry["diagnosis"]
    assert f"name/cos:{action}" in json.dumps(entry["finding"])


def test_pictures_of_a_prefix(temporary):
    client = temporary("PutObject", condition=PICTURES)
    key, body = "python/sts/picture.png", content("picture", 70_000)

    def put(name, data, kind="image/png"):
        return client.put_object(Bucket=BUCKET, Key=name, Body=data, ContentType=kind)

    put(key, body)
    stored(key, body)
    denied("PutObject", put, "python/other/picture.png", body)
    not_stored("python/other/picture.png")
    large = content("large", MIB + 1)
    denied("PutObject", put, "python/sts/large.png", large)
    not_stored("python/sts/large.png")
    put("python/sts/large.png", large[:-1])
    stored("python/sts/large.png", large[:-1])
    denied("PutObject", put, "python/sts/page.html", body, "text/html")
    not_stored("python/sts/page.html")
    denied("GetObject", client.get_object, BUCKET, key)
    denied("DeleteObject", client.delete_object, BUCKET, key)
    stored(key, body)


def test_parts_need_their_actions(temporary, tmp_path):
    key, body = "python/sts/parts", content("parts", 3 * MIB)
    file = tmp_path / "body"
    file.write_bytes(body)

    def upload(client):
        return client.upload_file(Bucket=BUCKET, Key=key, LocalFilePath=str(file), PartSize=1, MAXThread=2)

    denied("ListMultipartUploads", upload, temporary("PutObject", "PostObject"))
    not_stored(key)
    denied("CompleteMultipartUpload", upload, temporary("ListMultipartUploads", *PARTS[:-1]))
    not_stored(key)
    upload(temporary("ListMultipartUploads", *PARTS))
    stored(key, body)


def test_forbid_overwrite(temporary):
    client = temporary("PutObject", condition={"string_equal": {"cos:x-cos-forbid-overwrite": "true"}})
    key = "python/sts/once"
    denied("PutObject", client.put_object, Bucket=BUCKET, Key=key, Body=b"first")
    not_stored(key)
    client.put_object(Bucket=BUCKET, Key=key, Body=b"first", Metadata={"x-cos-forbid-overwrite": "true"})
    with refused(409, "FileAlreadyExists"):
        client.put_object(Bucket=BUCKET, Key=key, Body=b"second", Metadata={"x-cos-forbid-overwrite": "true"})
    stored(key, b"first")


def test_end_of_the_key(temporary):
    client = temporary("PutObject")
    with clock("31m"), refused(400, "ExpiredToken"):
        client.put_object(Bucket=BUCKET, Key="python/sts/late", Body=b"x")
    not_stored("python/sts/late")
    client.put_object(Bucket=BUCKET, Key="python/sts/late", Body=b"x")
    stored("python/sts/late", b"x")


def test_refused_requests_for_keys(tmp_path):
    ask = json.dumps({"bucket": BUCKET, "allow_prefix": "*", "allow_actions": ["name/cos:PutObject"]})
    (answer,) = proxied(tmp_path, "sts_program.py", ask, SecretKey="not the secret")
    assert "AuthFailure.SignatureFailure" in answer["error"]
    (answer,) = proxied(tmp_path, "sts_program.py", json.dumps({"policy": {"version": "2.0"}}))
    assert "InvalidParameter" in answer["error"]
