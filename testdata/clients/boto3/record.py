"""Signs the requests of ../../vectors/s3/boto3.json. TestRecordS3 runs it with a server that writes them down.

Requests go to the server; URLs and forms are printed, one JSON object a line.
"""

import json
import os

import boto3
from botocore.config import Config

API = os.environ["RECORD_API"]
BUCKET = os.environ["RECORD_BUCKET"]
REGION = os.environ["RECORD_REGION"]
PLAN = json.loads(os.environ["RECORD_PLAN"])  # label, id, secret, token


def client(who, version, style):
    return boto3.client(
        "s3", region_name=REGION, endpoint_url=f"http://cos.{REGION}.myqcloud.com",
        aws_access_key_id=who["id"], aws_secret_access_key=who["secret"], aws_session_token=who["token"] or None,
        config=Config(
            signature_version=version, s3={"addressing_style": style}, retries={"max_attempts": 1},
            request_checksum_calculation="when_required", response_checksum_validation="when_required",
            proxies={"http": f"http://{API}"},
        ),
    )  # fmt: skip


def say(label, **what):
    print(json.dumps({"label": label, **what}))


def main():
    for who in PLAN:
        for version in ("s3v4", "s3"):
            for style in ("virtual", "path"):
                s3 = client(who, version, style)
                for name in who["names"]:
                    key = f"{who['label']}/{name}"
                    put = {"Bucket": BUCKET, "Key": key, "ContentType": "image/png", "Metadata": {"run": "7"}}
                    s3.put_object(Body=b"hello", **put)
                    s3.get_object(Bucket=BUCKET, Key=key)
                    url = s3.generate_presigned_url("put_object", Params=put, ExpiresIn=3600)
                    say(who["label"], method="PUT", url=url, headers={"Content-Type": "image/png", "x-amz-meta-run": "7"} if version == "s3v4" else {})
                    url = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": key}, ExpiresIn=3600)
                    say(who["label"], method="GET", url=url, headers={})
                form = s3.generate_presigned_post(BUCKET, f"{who['label']}/form.png", ExpiresIn=3600)
                say(who["label"], method="POST", url=form["url"], fields=form["fields"])


main()
