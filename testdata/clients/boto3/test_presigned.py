"""URLs and forms that boto3 signs, used with requests."""

import base64
import re

import pytest
import requests
from endpoint import BUCKET, KEY, PROXY, TEMPORARY, V4, WAYS, clock, content, etag, not_stored, reader, s3, stored

KEYS = ["plain.bin", "nested/a b+c&d=e;f%20g.bin", "对象/ü?#%41.bin"]


def send(method, url, **options):
    answer = requests.request(method, url, proxies=PROXY, timeout=30, allow_redirects=False, **options)
    code = re.search("<Code>(.*)</Code>", answer.text)
    return answer, code and code[1]


def presign(client, key, method="put_object", **params):
    return client.generate_presigned_url(method, Params={"Bucket": BUCKET, "Key": key, **params}, ExpiresIn=3600)


@WAYS
@pytest.mark.parametrize("who", [KEY, TEMPORARY], ids=["permanent", "temporary"])
def test_put(version, style, who):
    client = s3(version, style, who)
    for name in KEYS:
        key = f"boto3/presigned/{version['signature_version']}/{style}/{len(who)}/{name}"
        body = content(key, 70_000)
        answer, _ = send("PUT", presign(client, key), data=body)
        assert (answer.status_code, answer.text) == (200, "")
        assert answer.headers["ETag"] == etag(body)
        stored(key, body)
        answer, _ = send("GET", presign(client, key, "get_object"))
        assert (answer.status_code, answer.content == body) == (200, True)


def test_signed_headers():
    """V4 signs the metadata as headers: the uploader must send them."""
    key = "boto3/presigned/headers"
    url = presign(s3(V4), key, ContentType="image/png", Metadata={"run": "7"})
    right = {"Content-Type": "image/png", "x-amz-meta-run": "7"}
    for missing in right:
        answer, code = send("PUT", url, data=b"no", headers={k: v for k, v in right.items() if k != missing})
        assert (answer.status_code, code) == (403, "SignatureDoesNotMatch"), answer.text
        not_stored(key)
    answer, _ = send("PUT", url, data=b"yes", headers=right)
    assert answer.status_code == 200, answer.text
    assert reader.head_object(Bucket=BUCKET, Key=key)["Metadata"] == {"run": "7"}


def change(pattern, new):
    def spoil(url):
        changed = re.sub(pattern, new, url)
        assert changed != url
        return changed

    return spoil


NOBODY = "AKIDnobodyHasThis0000000000000000000"
SPOILED_URL = {
    "signature": (change(r"Signature=(...)", "Signature=AAA"), "SignatureDoesNotMatch"),
    "key": (change(r"/refused", "/refusee"), "SignatureDoesNotMatch"),
    "parameter": (lambda url: url + "&response-content-type=a", "SignatureDoesNotMatch"),
    "expiry": (change(r"Expires=(\d+)", r"Expires=\g<1>1"), None),
    "key id": (change(KEY["aws_access_key_id"], NOBODY), "InvalidAccessKeyId"),
}


@WAYS
def test_put_refused(version, style):
    key = f"boto3/{version['signature_version']}/{style}/refused"
    url = presign(s3(version, style), key, ContentType="image/png")
    right = {"Content-Type": "image/png"}
    for what, (spoil, wanted) in SPOILED_URL.items():
        answer, code = send("PUT", spoil(url), data=b"no", headers=right)
        assert answer.status_code == 403, (what, answer.text)
        assert code == (wanted or "SignatureDoesNotMatch"), (what, answer.text)
        not_stored(key)
        not_stored(key.replace("refused", "refusee"))
    answer, code = send("PUT", url, data=b"no", headers={"Content-Type": "text/html"})
    assert (answer.status_code, code) == (403, "SignatureDoesNotMatch")
    answer, code = send("PUT", url, data=b"no", headers={**right, "x-amz-acl": "public-read"})
    assert (answer.status_code, code) == (403, "AccessDenied" if version is V4 else "SignatureDoesNotMatch")
    answer, code = send("GET", url, headers=right)
    assert (answer.status_code, code) == (403, "SignatureDoesNotMatch")
    wrong = {**KEY, "aws_secret_access_key": KEY["aws_secret_access_key"] + "x"}
    other = presign(s3(version, style, wrong), key, ContentType="image/png")
    answer, code = send("PUT", other, data=b"no", headers=right)
    assert (answer.status_code, code) == (403, "SignatureDoesNotMatch")
    with clock("61m"):
        answer, code = send("PUT", url, data=b"late", headers=right)
    assert (answer.status_code, code) == (403, "AccessDenied")
    assert "<Message>Request has expired</Message>" in answer.text
    not_stored(key)
    with clock("58m"):
        answer, _ = send("PUT", url, data=b"in time", headers=right)
    assert answer.status_code == 200, answer.text
    stored(key, b"in time")


def post_form(version, style, key, who=KEY):
    return s3(version, style, who).generate_presigned_post(
        BUCKET, key, ExpiresIn=3600,
        Fields={"Content-Type": "image/png", "x-amz-meta-run": "7", "success_action_status": "200"},
        Conditions=[
            {"Content-Type": "image/png"}, {"x-amz-meta-run": "7"}, {"success_action_status": "200"},
            ["content-length-range", 1, 1000],
        ],
    )  # fmt: skip


@WAYS
@pytest.mark.parametrize("who", [KEY, TEMPORARY], ids=["permanent", "temporary"])
def test_post(version, style, who):
    key = f"boto3/form/{version['signature_version']}/{style}/{len(who)}/ü+&.png"
    form = post_form(version, style, key, who)
    answer, _ = send("POST", form["url"], data=form["fields"], files={"file": ("a.png", b"the file")})
    assert answer.status_code == 200, answer.text
    stored(key, b"the file")
    head = reader.head_object(Bucket=BUCKET, Key=key)
    assert (head["ContentType"], head["Metadata"]) == ("image/png", {"run": "7"})


@WAYS
def test_post_refused(version, style):
    key = f"boto3/form/{version['signature_version']}/{style}/refused"
    form = post_form(version, style, key)
    fields = form["fields"]
    signature = "x-amz-signature" if version is V4 else "signature"
    key_id = "x-amz-credential" if version is V4 else "AWSAccessKeyId"
    wider = base64.b64encode(base64.b64decode(fields["policy"]).replace(b"1000", b"9999")).decode()
    for what, changed, file, wanted in [
        ("signature", {signature: ("1" if fields[signature][0] == "0" else "0") + fields[signature][1:]}, b"no", "SignatureDoesNotMatch"),
        ("policy", {"policy": wider}, b"no", "SignatureDoesNotMatch"),
        ("key id", {key_id: fields[key_id].replace(KEY["aws_access_key_id"], NOBODY)}, b"no", "InvalidAccessKeyId"),
        ("key", {"key": key + "x"}, b"no", "AccessDenied"),
        ("type", {"Content-Type": "text/html"}, b"no", "AccessDenied"),
        ("metadata", {"x-amz-meta-run": "8"}, b"no", "AccessDenied"),
        ("size", {}, b"x" * 1001, "EntityTooLarge"),
    ]:
        answer, code = send("POST", form["url"], data={**fields, **changed}, files={"file": ("a.png", file)})
        assert (answer.status_code >= 400, code) == (True, wanted), (what, answer.text)
        not_stored(key)
        not_stored(key + "x")
    with clock("61m"):
        answer, code = send("POST", form["url"], data=fields, files={"file": ("a.png", b"late")})
    assert (answer.status_code, code) == (403, "AccessDenied"), answer.text
    not_stored(key)
    answer, _ = send("POST", form["url"], data=fields, files={"file": ("a.png", b"yes")})
    assert answer.status_code == 200, answer.text
    stored(key, b"yes")
