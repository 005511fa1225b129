"""URLs that the SDK signs, used with requests and urllib."""

import re
import urllib.error
import urllib.request

import pytest
import requests
from endpoint import API, BUCKET, HOST, TEMPORARY, aimed, clock, content, etag, not_stored, sdk, signer, stored


def put_requests(url, body, headers):
    answer = requests.put(url, data=body, headers=headers, timeout=30, allow_redirects=False)
    return answer.status_code, answer.text, answer.headers


def put_urllib(url, body, headers):
    # urllib adds application/x-www-form-urlencoded where no type is given.
    request = urllib.request.Request(url, data=body, headers=headers, method="PUT")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode(), answer.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(), error.headers


UPLOADERS = pytest.mark.parametrize("put", [put_requests, put_urllib])


def tampered(url):
    """url with the last digit of its signature changed."""
    changed = re.sub(
        r"(q-signature=[0-9a-f]{39})([0-9a-f])",
        lambda m: m.group(1) + ("1" if m.group(2) == "0" else "0"),
        url,
    )
    assert changed != url
    return changed


@UPLOADERS
@pytest.mark.parametrize(
    ("name", "options", "presign"),
    [
        ("plain", {}, {}),
        ("host unsigned", {}, {"SignHost": False}),
        ("parameters", {}, {"Params": {"X-Trace": "a+b c;d/é", "empty": ""}}),
        ("temporary key", TEMPORARY, {"Params": {"x-cos-security-token": TEMPORARY["Token"]}}),
    ],
)
def test_presigned(put, name, options, presign):
    key = f"python/{put.__name__}/{name}/ü+&;=?#%41.bin"
    body = content(key, 70_000)
    headers = {"Host": HOST}
    client = signer(**options)
    url = aimed(client.get_presigned_url(BUCKET, key, "PUT", Expired=3600, **presign))

    status, answer, _ = put(tampered(url), body, headers)
    assert (status, "<Code>SignatureDoesNotMatch</Code>" in answer) == (403, True), answer
    not_stored(key)

    status, answer, got = put(url, body, headers)
    assert (status, answer) == (200, "")
    assert got["ETag"] == etag(body)
    stored(key, body)

    wrong_method = requests.get(url, headers=headers, timeout=30)
    assert wrong_method.status_code == 403
    read = requests.get(
        aimed(client.get_presigned_url(BUCKET, key, "GET", Expired=3600, **presign)), headers=headers, timeout=30
    )
    assert (read.status_code, read.content == body) == (200, True)


@UPLOADERS
def test_signed_content_type(put):
    key = f"python/{put.__name__}/type.csv"
    url = aimed(signer().get_presigned_url(BUCKET, key, "PUT", Headers={"Content-Type": "text/csv"}))
    for headers in ({}, {"Content-Type": "text/csv; charset=utf-8"}):
        status, answer, _ = put(url, b"a,1", {"Host": HOST, **headers})
        assert (status, "<Code>SignatureDoesNotMatch</Code>" in answer) == (403, True), answer
        not_stored(key)
    status, answer, _ = put(url, b"a,1", {"Host": HOST, "Content-Type": "text/csv"})
    assert status == 200, answer
    stored(key, b"a,1")
    assert sdk().head_object(BUCKET, key)["Content-Type"] == "text/csv"


def test_path_style():
    """With the setting Domain, the SDK signs the host name without port, and the key without bucket."""
    key = "python/path style/a b.bin"
    url = signer(Domain=f"{API}/{BUCKET}").get_presigned_url(BUCKET, key, "PUT")
    assert url.startswith(f"http://{API}/{BUCKET}/")
    assert requests.put(tampered(url), data=b"no", timeout=30).status_code == 403
    not_stored(key)
    answer = requests.put(url, data=b"yes", timeout=30)
    assert answer.status_code == 200, answer.text
    stored(key, b"yes")


def test_chunked():
    body = content("requests generator", 1_000_003)
    url = aimed(signer().get_presigned_url(BUCKET, "python/generator", "PUT"))
    pieces = (body[i : i + 70_000] for i in range(0, len(body), 70_000))
    answer = requests.put(url, data=pieces, headers={"Host": HOST}, timeout=30)
    assert answer.request.headers["Transfer-Encoding"] == "chunked"
    assert answer.status_code == 200, answer.text
    stored("python/generator", body)


@UPLOADERS
def test_expired(put):
    key = f"python/{put.__name__}/expired"
    url = aimed(signer().get_presigned_url(BUCKET, key, "PUT", Expired=3600))
    headers = {"Host": HOST}
    with clock("61m"):
        status, answer, _ = put(url, b"late", headers)
    assert status == 403
    assert "<Code>AccessDenied</Code>\n\t<Message>Request has expired</Message>\n\t<ServerTime>" in answer
    not_stored(key)
    with clock("58m"):
        status, answer, _ = put(url, b"in time", headers)
    assert status == 200, answer
    stored(key, b"in time")
