"""Tags of objects, set with an upload and later."""

from endpoint import BUCKET, not_stored, refused, sdk


def test_tags():
    client = sdk()
    key = "python/tagged"
    for bad in ["qcs%3Aowner=v", "project=v", "a%2Cb=v"]:
        with refused(400, "InvalidTag"):
            client.put_object(Bucket=BUCKET, Key=key, Body=b"x", Tagging=bad)
        not_stored(key)
    client.put_object(Bucket=BUCKET, Key=key, Body=b"x", Tagging="a@b:c/d=x:/@&%E5%9B%A2=%E5%89%8D")
    assert client.head_object(Bucket=BUCKET, Key=key)["x-cos-tagging-count"] == "2"
    tags = client.get_object_tagging(Bucket=BUCKET, Key=key)["TagSet"]["Tag"]
    assert {t["Key"]: t["Value"] for t in tags} == {"a@b:c/d": "x:/@", "团": "前"}
