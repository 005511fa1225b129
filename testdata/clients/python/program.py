"""A program that does not know the emulator: the SDK with the default endpoints.

It uploads FILE in parts and in one request, then with a signed URL, and prints
each result. Arguments: BUCKET REGION KEY FILE.
"""

import json
import os
import sys

import requests
from qcloud_cos import CosConfig, CosS3Client, CosServiceError

bucket, region, key, file = sys.argv[1:]
client = CosS3Client(CosConfig(Region=region, SecretId=os.environ["SECRET_ID"], SecretKey=os.environ["SECRET_KEY"]))


def say(name, work):
    try:
        status, answer = work()
    except CosServiceError as error:
        status, answer = error.get_status_code(), error.get_error_code()
    print(json.dumps({"name": name, "status": status, "answer": answer}))


def upload_file():
    return 200, client.upload_file(Bucket=bucket, Key=key, LocalFilePath=file, PartSize=1, MAXThread=2)["ETag"]


def put_object():
    with open(file, "rb") as body:
        return 200, client.put_object(Bucket=bucket, Key=key + "-small", Body=body)["ETag"]


def signed_url():
    with open(file, "rb") as body:
        answer = requests.put(client.get_presigned_url(bucket, key + "-url", "PUT"), data=body, timeout=30)
    return answer.status_code, answer.text


say("upload_file", upload_file)
say("put_object", put_object)
say("signed_url", signed_url)
