"""The SDK with its default endpoints, which are https, through the proxy."""

from endpoint import BUCKET, HOST, KEY, REGION, content, journal, not_stored, stored
from proxied import proxied

MIB = 1 << 20
ENDS = ("", "-small", "-url")


def test_program(tmp_path):
    key = "python/proxied/对象 a+b"
    body = content(key, 3 * MIB + 7)
    (tmp_path / "body").write_bytes(body)
    said = proxied(tmp_path, "program.py", BUCKET, REGION, key, str(tmp_path / "body"))
    assert [line["status"] for line in said] == [200, 200, 200], said
    for end in ENDS:
        stored(key + end, body)
    parts = journal(key=key, method="PUT", count=4)
    assert {(p["host"], p["verdict"], p["operation"]) for p in parts} == {(HOST, "accepted", "UploadPart")}


def test_wrong_secret(tmp_path):
    key = "python/proxied/refused"
    (tmp_path / "body").write_bytes(content(key, 3 * MIB))
    said = proxied(
        tmp_path, "program.py", BUCKET, REGION, key, str(tmp_path / "body"), SecretKey=KEY["SecretKey"] + "x"
    )
    assert [line["status"] for line in said] == [403, 403, 403], said
    assert "SignatureDoesNotMatch" in said[0]["answer"]
    assert "<Code>SignatureDoesNotMatch</Code>" in said[2]["answer"]
    for end in ENDS:
        not_stored(key + end)
